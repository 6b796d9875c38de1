import type { ServerResponse } from 'node:http';

const headers: readonly (readonly [string, string])[] = [
  ['Cache-Control', 'no-store'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
];

/** On every answer: nothing here is a page, nothing may be kept, framed or guessed at. */
export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of headers) response.setHeader(name, value);
}

/** The same as text, for answers that are written to a bare socket. */
export const securityHeaderLines: string = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
