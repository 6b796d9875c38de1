import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { AuthError } from './auth-error.js';
import { isLoopback } from './loopback.js';

/** A fetch that hangs must not hold callers for longer. */
const fetchTimeoutMs = 5_000;
/** However many unknown key ids arrive, the issuer is asked at most this often while it answers. */
const cooldownMs = 30_000;

/** Finds the key for a token. Rejects with `unavailable` when no key can be had, and as jose does when none fits. */
export type KeySource = JWTVerifyGetKey;

/** Keys that are given. Throws unless all of them are public: a secret or private key has no business in a resource server. */
export function localKeys(jwks: JSONWebKeySet): KeySource {
  for (const key of jwks.keys) {
    if (key.kty === 'oct' || key.d !== undefined) throw new TypeError('jwks must hold public keys only');
  }
  return createLocalJWKSet(jwks);
}

/** Keys that an issuer publishes (RFC 7517), fetched when needed and kept. Throws for a URL that is not HTTPS, unless on loopback. */
export function remoteKeys(url: string | URL): KeySource {
  const address = new URL(url);
  if (address.protocol !== 'https:' && !(address.protocol === 'http:' && isLoopback(address.hostname))) {
    throw new TypeError('jwksUrl must be https: whoever can change the answer can forge tokens');
  }
  const fetchKey = createRemoteJWKSet(address, { timeoutDuration: fetchTimeoutMs, cooldownDuration: cooldownMs });
  return async (header, token) => {
    try {
      return await fetchKey(header, token);
    } catch (error) {
      if (aboutTheToken(error)) throw error;
      throw new AuthError('unavailable', 'the keys of the issuer cannot be fetched', { cause: error });
    }
  };
}

function aboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
