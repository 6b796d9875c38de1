import { hash } from 'node:crypto';

/** SHA-256 of the whole token, base64url: names a token in memory without keeping it, and is the `ath` of RFC 9449. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'base64url');
}
