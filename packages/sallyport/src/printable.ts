/** The text without what a terminal would obey: what other servers answer ends up on the screen. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, ' ');
}
