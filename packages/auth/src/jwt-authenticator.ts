import type { Measure } from '@sallyport/core';
import { assertOptions, type OptionCheck, option } from '@sallyport/core/adapter';
import type { JSONWebKeySet, JWTVerifyOptions } from 'jose';
import { assertAsymmetric, asymmetricAlgorithms } from './algorithms.js';
import { AuthError } from './auth-error.js';
import { boundKey } from './bound-key.js';
import type { IssuerAuthenticator } from './by-issuer.js';
import { claimAt } from './claim-path.js';
import { presentedToken } from './credentials.js';
import { dpopNonces } from './dpop-nonces.js';
import { dpopProofs } from './dpop-proof.js';
import { localKeys } from './key-source.js';
import { LastCredentials } from './last-credentials.js';
import { audience, claimNames, requiredClaims, wallClock } from './option-checks.js';
import { assertPossession } from './possession.js';
import { type ClaimNames, principalOf } from './principal-of.js';
import { remoteKeys } from './remote-keys.js';
import { secureUrl } from './secure-url.js';
import { refusal } from './token-refusal.js';
import { assertUnambiguous } from './unambiguous.js';
import { VerifiedTokens } from './verified-tokens.js';
import { verifyJwt } from './verify-jwt.js';

/** A verified token is trusted without a new signature check for so long. */
const trustMs = 60_000;

/** The keys of an issuer are getting old because it cannot be reached. */
export interface AgingKeys {
  readonly issuer: string;
  readonly ageMs: number;
  /** Until the keys verify nothing any more and every call is 503. */
  readonly leftMs: number;
}

/** What a token must be to be accepted. Nothing here has a default that accepts more. */
export type JwtAuthenticatorOptions = {
  /** The token's `iss`, exactly. */
  readonly issuer: string;
  /** This server as the issuer names it, usually its canonical URL (RFC 8707): the token's `aud` must contain one of these. */
  readonly audience: string | readonly string[];
  /** Default: every RSA, EC and Edwards signature. `none` and shared secrets cannot be named. */
  readonly algorithms?: readonly string[];
  /**
   * How far `exp` may have passed and `nbf` may be ahead, at most 30. Default 0: a token that expired a second ago is refused.
   * Raise it for an issuer whose clock runs ahead of this one and whose tokens have an `nbf`.
   */
  readonly clockToleranceSeconds?: number;
  /** The header's `typ`. Default `at+jwt` (RFC 9068). `false` accepts any type, also ID tokens: only for issuers that send none. */
  readonly typ?: string | false;
  /** The claim that must contain the audience. Default `aud`. `client_id` is for issuers whose tokens name no audience. */
  readonly audienceClaim?: 'aud' | 'client_id';
  /** Other claims a token must have: with this value, with one of these, or with any (`true`). */
  readonly required?: Readonly<Record<string, string | readonly string[] | true>>;
  /** Where scopes, tenant and plan are. */
  readonly claims?: ClaimNames;
  /**
   * Proof of possession (RFC 9449). `accepted`: tokens that are bound to a key are taken, with a proof. `required`: no others
   * are. Default: bound tokens are refused, because nobody would check the proof.
   */
  readonly dpop?: 'accepted' | 'required';
  /**
   * Makes proofs carry a nonce of this server (RFC 9449 section 9), so that none can be made long before it is used; the first
   * one without is answered with the nonce. A secret of at least 32 bytes, the same on all instances. Default: no nonces.
   */
  readonly dpopNonceKey?: Uint8Array;
  /** Proofs that are remembered, so that none is used twice: those of 10 minutes. Beyond it callers get 503. Default 200,000. */
  readonly rememberProofs?: number;
  /** Verified tokens that are remembered. Default 10,000. */
  readonly remember?: number;
  /**
   * Told after each failed attempt to fetch the keys while those that are known are older than an hour: at most twice a minute,
   * from an hour of trouble on, and 23 hours before the keys stop verifying; then every 5 seconds. For an alarm. Must not throw.
   */
  readonly onAgingKeys?: (event: AgingKeys) => void;
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
export interface JwtAuthenticator extends IssuerAuthenticator {
  /**
   * How long ago the issuer's keys were last fetched, for a metric: raise an alarm long before 24 hours, when they stop
   * verifying. `undefined` before the first fetch has succeeded, 0 for keys that are given.
   */
  jwksAgeMs(): number | undefined;
  /**
   * Resolves while there are keys of the issuer that verify, also when it cannot be reached now. Without any it asks for them,
   * every 5 seconds at most, and rejects until it has them.
   */
  ready(): Promise<void>;
  /**
   * The age of the keys, not a number before the first fetch has succeeded, and how many tokens were remembered and how many
   * verified: for metrics, by issuer.
   */
  measures(): readonly Measure[];
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
export function jwtAuthenticator(options: JwtAuthenticatorOptions): JwtAuthenticator {
  assertOptions('jwtAuthenticator', options, checks, ['issuer', 'audience']);
  if ((options.jwks === undefined) === (options.jwksUrl === undefined)) {
    throw new TypeError('jwtAuthenticator: the keys of the issuer are needed, as jwks or as jwksUrl, and not as both');
  }
  const {
    issuer,
    algorithms = asymmetricAlgorithms,
    clockToleranceSeconds = 0,
    typ = 'at+jwt',
    audienceClaim = 'aud',
    required = {},
    claims = {},
    dpop,
    dpopNonceKey,
    rememberProofs = 200_000,
    remember = 10_000,
    onAgingKeys = () => {},
    clock = Date,
    ...keys
  } = options;
  assertAsymmetric(algorithms);
  const audiences = [options.audience].flat();
  const now = () => clock.now();
  const source =
    keys.jwks === undefined
      ? remoteKeys(keys.jwksUrl, now, (aging) => onAgingKeys({ issuer, ...aging }))
      : localKeys(keys.jwks);
  // jose checks `aud`, also where it is a list.
  const mustHave = audienceClaim === 'aud' ? required : { ...required, [audienceClaim]: audiences };
  const verifying: JWTVerifyOptions = {
    issuer,
    ...(audienceClaim === 'aud' ? { audience: audiences } : {}),
    algorithms: [...algorithms],
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp', 'sub', ...Object.keys(mustHave)],
    ...(typ === false ? {} : { typ }),
  };
  const verified = new VerifiedTokens(remember, trustMs, now);
  const last = new LastCredentials(dpop !== undefined);
  const nonces = dpopNonceKey === undefined ? undefined : dpopNonces(dpopNonceKey, now);
  const proofs = dpop === undefined ? undefined : dpopProofs(rememberProofs, now, nonces);

  const verify = async (token: string) => {
    try {
      assertUnambiguous(token);
      const payload = await verifyJwt(token, source.find, { ...verifying, currentDate: new Date(now()) });
      assertClaims(payload, mustHave);
      return { principal: principalOf(payload, claims), jkt: boundKey(payload) };
    } catch (error) {
      throw refusal(error);
    }
  };
  return {
    issuer,
    jwksAgeMs: source.ageMs,
    ready: source.ready,
    measures: () => {
      const tokens = (cache: string, value: number): Measure => ({
        name: 'tokens_total',
        help: 'Tokens that were presented, by whether they were remembered from before.',
        kind: 'counter',
        value,
        labels: { issuer, cache },
      });
      return [
        {
          name: 'jwks_age_seconds',
          help: 'How long ago the keys of the issuer were fetched.',
          kind: 'gauge',
          value: (source.ageMs() ?? Number.NaN) / 1_000,
          labels: { issuer },
        },
        tokens('hit', verified.hits),
        tokens('miss', verified.misses),
      ];
    },
    ...(dpop === undefined ? {} : { dpopAlgorithms: asymmetricAlgorithms }),
    remembers(authorization) {
      const token = presentedToken(authorization);
      return token !== undefined && verified.has(token);
    },
    async authenticate(authorization, request) {
      const presented = last.of(authorization, request?.connection);
      const known = verified.get(presented, verify);
      // Of most tokens there is nothing to wait for.
      const { principal, jkt } = known instanceof Promise ? await known : known;
      const proved = assertPossession(presented, jkt, request, proofs, dpop === 'required');
      if (proved !== undefined) await proved;
      return principal;
    },
  };
}

const aKeySet: OptionCheck = (value) =>
  Array.isArray((value as { readonly keys?: unknown } | null)?.keys)
    ? undefined
    : 'must be a set of keys: { keys: […] }';

const checks = {
  issuer: option.text,
  audience,
  algorithms: option.texts,
  clockToleranceSeconds: option.between(0, 30),
  typ: (value) => (value === false ? undefined : option.text(value)?.concat(', or false')),
  audienceClaim: option.oneOf('aud', 'client_id'),
  required: requiredClaims,
  claims: claimNames,
  dpop: option.oneOf('accepted', 'required'),
  dpopNonceKey: (value) => (value instanceof Uint8Array ? undefined : 'must be a Uint8Array'),
  rememberProofs: option.wholeNumber(1),
  remember: option.wholeNumber(0),
  onAgingKeys: option.is('function'),
  clock: wallClock,
  jwks: aKeySet,
  jwksUrl: option.passing((url) => secureUrl(url as URL, 'it')),
} satisfies Readonly<Record<keyof JwtAuthenticatorOptions, OptionCheck>>;

/** Throws `invalid` unless each claim has its value, one of its values, or any for `true`. */
function assertClaims(
  payload: Readonly<Record<string, unknown>>,
  required: NonNullable<JwtAuthenticatorOptions['required']>,
): void {
  for (const [name, wanted] of Object.entries(required)) {
    if (wanted === true) continue;
    const value = claimAt(payload, name);
    if (typeof value !== 'string' || ![wanted].flat().includes(value)) {
      throw new AuthError('invalid', `${name} is not as required`);
    }
  }
}
