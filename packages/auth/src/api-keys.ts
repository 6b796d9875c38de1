import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '@sallyport/core';
import { assertOptions, type OptionCheck, option } from '@sallyport/core/adapter';
import { AuthError } from './auth-error.js';
import type { IssuerAuthenticator } from './by-issuer.js';
import { credentials, presentedToken } from './credentials.js';
import { isUsableName } from './usable-name.js';

/** One key and whom it stands for. */
export interface ApiKey {
  /** As `newApiKey` gave it: SHA-256, base64url. */
  readonly hash: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly tenant?: string;
  readonly plan?: string;
  /** Unix milliseconds. Give one: a key without end is only ever replaced after it has leaked. */
  readonly expiresAt?: number;
}

/**
 * Static API keys, for a single internal tool whose callers cannot do OAuth: no sign-in, no consent, no step-up, and whoever
 * has the key is its owner. Principals have the issuer `api-key`, so that logs and limits tell them from people. A key is
 * compared in constant time with every hash. Throws a `TypeError` for a hash that is none, and for a subject that is no usable name.
 *
 * @example
 * ```ts
 * import { apiKeys, newApiKey } from '@sallyport/auth';
 *
 * const { key, hash } = newApiKey();
 * console.log(`Give this to the caller, once: ${key}`);
 * const auth = apiKeys([{ hash, subject: 'nightly-report', scopes: ['mcp:tools:read'], tenant: 'acme' }]);
 * ```
 */
export function apiKeys(keys: readonly ApiKey[], clock: { now(): number } = Date): IssuerAuthenticator {
  const issuer = 'api-key';
  if (!Array.isArray(keys)) throw new TypeError('apiKeys: the keys must be an array');
  const entries = keys.map((entry: ApiKey) => {
    assertOptions('apiKeys', entry, checks, ['hash', 'subject', 'scopes']);
    const { hash, subject, scopes, tenant, plan, expiresAt } = entry;
    const digest = Buffer.from(hash, 'base64url');
    const principal: Principal = Object.freeze({
      issuer,
      subject,
      scopes: Object.freeze([...scopes]),
      ...(tenant === undefined ? {} : { tenant }),
      ...(plan === undefined ? {} : { plan }),
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt / 1000 }),
    });
    return { digest, principal, expiresAt: expiresAt ?? Number.POSITIVE_INFINITY };
  });
  const entryOf = (token: string) => {
    const digest = createHash('sha256').update(token).digest();
    return entries.filter((candidate) => timingSafeEqual(candidate.digest, digest))[0];
  };
  return {
    issuer,
    issuerless: true,
    remembers(authorization) {
      const token = presentedToken(authorization);
      return token !== undefined && entryOf(token) !== undefined;
    },
    async authenticate(authorization) {
      const entry = entryOf(credentials(authorization, false).token);
      if (entry === undefined) throw new AuthError('invalid', 'not a known API key');
      if (clock.now() >= entry.expiresAt) throw new AuthError('expired', 'the API key has expired');
      return entry.principal;
    },
  };
}

const aName: OptionCheck = (value) =>
  isUsableName(value) ? undefined : 'must be a string on one line that is not blank, of at most 256 characters';

const checks = {
  hash: (value) =>
    typeof value === 'string' && Buffer.from(value, 'base64url').length === 32
      ? undefined
      : 'must be the SHA-256 of the key in base64url, as newApiKey gives it; the key itself is kept nowhere',
  subject: aName,
  scopes: option.texts,
  tenant: aName,
  plan: aName,
  expiresAt: option.positive('milliseconds since 1970'),
} satisfies Readonly<Record<keyof ApiKey, OptionCheck>>;
