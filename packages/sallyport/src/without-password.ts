/** A URL as it may be shown: of its user information only the name. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return 'the given URL';
  const shown = new URL(url);
  shown.password = '';
  shown.search = '';
  return shown.href;
}
