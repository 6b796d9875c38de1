import { option } from '@sallyport/core/adapter';
import { assertAuthenticator } from './assert-authenticator.js';
import { AuthError } from './auth-error.js';
import type { Authenticator } from './authenticator.js';
import { credentials } from './credentials.js';
import { unverifiedIssuer } from './unverified-issuer.js';

/** An authenticator that knows whose tokens it verifies. */
export interface IssuerAuthenticator extends Authenticator {
  readonly issuer: string;
}

/**
 * Accepts tokens of several issuers. The `iss` a token claims chooses who verifies it, with that issuer's keys, audience and
 * claims only. What is no JWT goes to `opaque`, when there is one: introspection or API keys. It is ready when one of them is: an
 * issuer that is down costs its own callers their calls, and nobody else. Throws a `TypeError` when there is none, and
 * when two have one issuer.
 *
 * @example
 * ```ts
 * import { auth0, byIssuer, jwtAuthenticator, okta } from '@sallyport/auth';
 *
 * const audience = 'https://mcp.example.com/mcp';
 * const auth = byIssuer([
 *   jwtAuthenticator(auth0({ domain: 'example.eu.auth0.com', audience })),
 *   jwtAuthenticator(okta({ domain: 'example.okta.com', audience })),
 * ]);
 * ```
 */
export function byIssuer(authenticators: readonly IssuerAuthenticator[], opaque?: Authenticator): Authenticator {
  if (!Array.isArray(authenticators) || authenticators.length === 0) {
    throw new TypeError('byIssuer: the authenticators must be an array that is not empty');
  }
  for (const one of [...authenticators, opaque ?? authenticators[0]]) assertAuthenticator('byIssuer', one);
  if (authenticators.some(({ issuer }) => option.text(issuer) !== undefined)) {
    throw new TypeError(
      'byIssuer: each authenticator must have an issuer, as those of jwtAuthenticator and introspection',
    );
  }
  const byName = new Map(authenticators.map((authenticator) => [authenticator.issuer, authenticator]));
  if (byName.size !== authenticators.length) throw new TypeError('two authenticators have the same issuer');
  const everybody = [...authenticators, ...(opaque === undefined ? [] : [opaque])];
  const dpopAlgorithms = [...new Set(everybody.flatMap((authenticator) => authenticator.dpopAlgorithms ?? []))];
  return {
    ...(dpopAlgorithms.length === 0 ? {} : { dpopAlgorithms }),
    async authenticate(authorization, request) {
      const { token } = credentials(authorization, true);
      const issuer = unverifiedIssuer(token);
      const chosen = issuer === undefined ? opaque : byName.get(issuer);
      if (chosen === undefined) throw new AuthError('invalid', 'the token is of no issuer that is known here');
      return chosen.authenticate(authorization, request);
    },
    async ready() {
      try {
        await Promise.any(everybody.map((one) => one.ready?.()));
      } catch (error) {
        const causes = (error as AggregateError).errors.map(({ cause }: Error) => String(cause));
        throw new AuthError('unavailable', 'the keys of no issuer can be fetched', { cause: causes.join('; ') });
      }
    },
    measures: () => everybody.flatMap((one) => one.measures?.() ?? []),
    remembers: (authorization) => everybody.some((one) => one.remembers?.(authorization) === true),
    async recheck(principal) {
      await (byName.get(principal.issuer) ?? opaque)?.recheck?.(principal);
    },
  };
}
