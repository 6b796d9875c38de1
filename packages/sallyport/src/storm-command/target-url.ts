import { isIP } from 'node:net';
import { CannotRun } from '../cannot-run.js';

/** The server's address. Throws a {@link CannotRun} for one that is no HTTP, and for another machine that nobody confirmed. */
export function targetUrl(text: string, isRemoteAllowed: boolean): URL {
  if (!URL.canParse(text)) throw new CannotRun(`--url is no URL: ${text}`);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) throw new CannotRun('--url must begin with http:// or https://');
  if (!isRemoteAllowed && !isLoopback(url.hostname)) {
    throw new CannotRun(`${url.hostname} is not this machine; a storm on another one needs --allow-remote`);
  }
  return url;
}

function isLoopback(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) === 4) return address.startsWith('127.');
  return address === '::1' || address === 'localhost' || address.endsWith('.localhost');
}
