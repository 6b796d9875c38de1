/**
 * Whether a host name, as a URL writes it (IPv6 in brackets), stays on this machine.
 *
 * @example
 * ```ts
 * import { isLoopback } from '@sallyport/auth';
 *
 * isLoopback(new URL('http://127.0.0.1:3000/mcp').hostname); // true
 * ```
 */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
