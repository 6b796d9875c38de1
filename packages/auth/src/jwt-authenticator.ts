import type { JSONWebKeySet, JWTVerifyOptions } from 'jose';
import { assertAsymmetric, asymmetricAlgorithms } from './algorithms.js';
import { AuthError } from './auth-error.js';
import type { Authenticator } from './authenticator.js';
import { bearerToken } from './bearer-token.js';
import { localKeys } from './key-source.js';
import { type ClaimNames, principalOf } from './principal-of.js';
import { remoteKeys } from './remote-keys.js';
import { refusal } from './token-refusal.js';
import { hasUniqueMembers } from './unique-members.js';
import { VerifiedTokens } from './verified-tokens.js';
import { verifyJwt } from './verify-jwt.js';

/** What a token must be to be accepted. Nothing here has a default that accepts more. */
export type JwtAuthenticatorOptions = {
  /** The token's `iss`, exactly. */
  readonly issuer: string;
  /** This server as the issuer names it, usually its canonical URL (RFC 8707): the token's `aud` must contain one of these. */
  readonly audience: string | readonly string[];
  /** Default: every RSA, EC and Edwards signature. `none` and shared secrets cannot be named. */
  readonly algorithms?: readonly string[];
  /** For clocks that differ, at most 30. Default 5. */
  readonly clockToleranceSeconds?: number;
  /** The header's `typ`. Default `at+jwt` (RFC 9068). `false` accepts any type, also ID tokens: only for issuers that send none. */
  readonly typ?: string | false;
  /** Where scopes, tenant and plan are. */
  readonly claims?: ClaimNames;
  /** Verified tokens that are remembered. Default 10,000. */
  readonly remember?: number;
  /** Unix milliseconds. Default the system's wall clock. */
  readonly clock?: { now(): number };
} & (
  | {
      /** The issuer's public keys (RFC 7517). */
      readonly jwks: JSONWebKeySet;
      readonly jwksUrl?: never;
    }
  | {
      /** Where the issuer publishes its public keys. HTTPS, or loopback. */
      readonly jwksUrl: string | URL;
      readonly jwks?: never;
    }
);

/** An authenticator for the tokens of one issuer. */
export interface JwtAuthenticator extends Authenticator {
  readonly issuer: string;
  /**
   * How long ago the issuer's keys were last fetched, for a metric: raise an alarm long before 24 hours, when they stop
   * verifying. `undefined` before the first fetch has succeeded, 0 for keys that are given.
   */
  jwksAgeMs(): number | undefined;
}

/**
 * Verifies JWT access tokens (RFC 9068): signature, type, issuer, audience, times, subject. Throws a `TypeError` for options
 * that would accept too much.
 *
 * @example
 * ```ts
 * import { jwtAuthenticator } from '@sallyport/auth';
 *
 * const auth = jwtAuthenticator({
 *   issuer: 'https://login.example.com',
 *   audience: 'https://mcp.example.com/mcp',
 *   jwksUrl: 'https://login.example.com/jwks',
 * });
 * ```
 */
export function jwtAuthenticator({
  issuer,
  audience,
  algorithms = asymmetricAlgorithms,
  clockToleranceSeconds = 5,
  typ = 'at+jwt',
  claims = {},
  remember = 10_000,
  clock = Date,
  ...keys
}: JwtAuthenticatorOptions): JwtAuthenticator {
  assertAsymmetric(algorithms);
  if (issuer === '') throw new TypeError('issuer must not be empty');
  const audiences = typeof audience === 'string' ? [audience] : [...audience];
  if (audiences.length === 0 || audiences.includes('')) throw new TypeError('audience must not be empty');
  if (!(clockToleranceSeconds >= 0 && clockToleranceSeconds <= 30)) {
    throw new TypeError('clockToleranceSeconds must be between 0 and 30');
  }
  const now = () => clock.now();
  const source = keys.jwks === undefined ? remoteKeys(keys.jwksUrl, now) : localKeys(keys.jwks);
  const options: JWTVerifyOptions = {
    issuer,
    audience: audiences,
    algorithms: [...algorithms],
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp', 'sub'],
    ...(typ === false ? {} : { typ }),
  };
  const verified = new VerifiedTokens(remember, now);

  const verify = async (token: string) => {
    try {
      assertUnambiguous(token);
      const payload = await verifyJwt(token, source.find, { ...options, currentDate: new Date(now()) });
      return principalOf(payload, claims);
    } catch (error) {
      throw refusal(error);
    }
  };
  return {
    issuer,
    jwksAgeMs: source.ageMs,
    authenticate: async (authorization) => verified.principal(bearerToken(authorization), verify),
  };
}

/** Three parts, the first two of them JSON in which no name occurs twice. Cheap, and before any key is looked for. */
function assertUnambiguous(token: string): void {
  const parts = token.split('.');
  if (parts.length !== 3) throw new AuthError('invalid', 'not a JWS in compact form');
  for (const part of parts.slice(0, 2)) {
    if (!hasUniqueMembers(Buffer.from(part, 'base64url').toString('utf8'))) {
      throw new AuthError('invalid', 'a header or claim occurs twice');
    }
  }
}
