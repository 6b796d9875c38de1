import { isLoopback } from './loopback.js';

/** The URL of an issuer's endpoint. Throws a `TypeError` unless it is HTTPS, or HTTP on loopback: whoever is in between decides who is let in. */
export function secureUrl(url: string | URL, name: string): URL {
  const address = addressOf(url);
  if (address === undefined) throw new TypeError(`${name} must be a URL, as https://login.example.com/…`);
  if (address.protocol !== 'https:' && !(address.protocol === 'http:' && isLoopback(address.hostname))) {
    throw new TypeError(`${name} must be https: whoever can change the answer decides who is let in`);
  }
  return address;
}

function addressOf(url: unknown): URL | undefined {
  try {
    return typeof url === 'string' || url instanceof URL ? new URL(url) : undefined;
  } catch {
    return undefined;
  }
}
