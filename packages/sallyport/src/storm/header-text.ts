/**
 * A text as the value of a header, in the way of the transport of 2026-07-28: as it is where a header can hold it, otherwise
 * `=?base64?…?=` of its UTF-8, also where it looks like that itself.
 */
export function headerText(text: string): string {
  const fits = /^[\x20-\x7e]*$/.test(text) && text.trim() === text && !/^=\?base64\?.*\?=$/i.test(text);
  return fits ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}
