import { randomBytes } from 'node:crypto';
import { tokenHash } from './token-hash.js';

/** A fresh key of 256 random bits, and what to keep of it. The key itself is shown to its owner once and kept nowhere. */
export interface NewApiKey {
  readonly key: string;
  /** SHA-256. Enough for a key of full entropy, which nobody can guess; it would not be for a password. */
  readonly hash: string;
}

/**
 * Makes an API key: `sallyport_` and 43 characters, so that scanners for leaked secrets can find it.
 *
 * @example
 * ```ts
 * import { newApiKey } from '@sallyport/auth';
 *
 * const { key, hash } = newApiKey(); // the key goes to its owner, the hash into the configuration
 * ```
 */
export function newApiKey(): NewApiKey {
  const key = `sallyport_${randomBytes(32).toString('base64url')}`;
  return { key, hash: tokenHash(key) };
}
