/** The password in a URL; `undefined` where there is none. */
export function passwordOf(url: string | undefined): string | undefined {
  const password = url === undefined || url === '' ? '' : decodeURIComponent(new URL(url).password);
  return password === '' ? undefined : password;
}
