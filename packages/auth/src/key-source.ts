import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** Where the keys of an issuer come from. */
export interface KeySource {
  /** Finds the key for a token. Rejects with `unavailable` when no key can be had, and as jose does when none or several fit. */
  readonly find: JWTVerifyGetKey;
  /** How long ago the keys were last fetched; 0 for keys that are given, `undefined` before the first fetch has succeeded. */
  ageMs(): number | undefined;
  /** Resolves when there are keys that verify. Fetches them if need be; rejects with `unavailable` when none can be had. */
  ready(): Promise<void>;
}

/** Keys that are given. Throws unless all of them are public: a secret or private key has no business in a resource server. */
export function localKeys(jwks: JSONWebKeySet): KeySource {
  for (const key of jwks.keys) {
    if (key.kty === 'oct' || key.d !== undefined) throw new TypeError('jwks must hold public keys only');
  }
  return { find: createLocalJWKSet(jwks), ageMs: () => 0, ready: async () => {} };
}
