import { isLoopback } from './loopback.js';

/** The URL of an issuer's endpoint. Throws a `TypeError` unless it is HTTPS, or HTTP on loopback: whoever is in between decides who is let in. */
export function secureUrl(url: string | URL, name: string): URL {
  const address = new URL(url);
  if (address.protocol !== 'https:' && !(address.protocol === 'http:' && isLoopback(address.hostname))) {
    throw new TypeError(`${name} must be https: whoever can change the answer decides who is let in`);
  }
  return address;
}
