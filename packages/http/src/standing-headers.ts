import type { ServerResponse } from 'node:http';

/** Nothing here is a page, nothing may be kept, framed or guessed at. */
const own: readonly string[] = [
  ...['Cache-Control', 'no-store'],
  ...['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ...['Referrer-Policy', 'no-referrer'],
  ...['X-Content-Type-Options', 'nosniff'],
  ...['X-Frame-Options', 'DENY'],
  ...['Vary', 'Origin'],
];
const closed: readonly string[] = [...own, 'Cross-Origin-Resource-Policy', 'same-origin'];
const shared: readonly string[] = [...own, 'Cross-Origin-Resource-Policy', 'cross-origin'];

/** What every answer has, as `writeHead` takes it: name, value, name, value. Whether a page may read it was decided before. */
export function standingHeaders(response: ServerResponse): readonly string[] {
  return response.hasHeader('Access-Control-Allow-Origin') ? shared : closed;
}

/** Sets them one by one, for answers that have other values of their own for some. */
export function setStandingHeaders(response: ServerResponse): void {
  const headers = standingHeaders(response);
  for (let i = 0; i < headers.length; i += 2) response.setHeader(headers[i] ?? '', headers[i + 1] ?? '');
}

/** The same as text, for answers that are written to a bare socket. */
export const standingHeaderLines: string = closed
  .map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`))
  .join('');
