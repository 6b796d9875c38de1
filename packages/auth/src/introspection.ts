import { assertOptions, type OptionCheck, option } from '@sallyport/core/adapter';
import { AuthError } from './auth-error.js';
import { boundKey } from './bound-key.js';
import type { IssuerAuthenticator } from './by-issuer.js';
import { basicAuth, type ClientAuth } from './client-auth.js';
import { presentedToken } from './credentials.js';
import { ExpiringMap } from './expiring-map.js';
import { fetchJson } from './fetch-json.js';
import { LastCredentials } from './last-credentials.js';
import { audience, claimNames, wallClock } from './option-checks.js';
import { type ClaimNames, principalOf } from './principal-of.js';
import { secureUrl } from './secure-url.js';
import { tokenHash } from './token-hash.js';
import { type VerifiedToken, VerifiedTokens } from './verified-tokens.js';

/** Whom to ask about a token, and what the answer must be. */
export interface IntrospectionOptions extends ClientAuth {
  /** The introspection endpoint. HTTPS, or loopback. */
  readonly endpoint: string | URL;
  /** The issuer whose endpoint it is; an answer that names another is refused. */
  readonly issuer: string;
  /** This server as the issuer names it (RFC 8707): the answer's `aud` must contain one of these. */
  readonly audience: string | readonly string[];
  /**
   * How far `exp` may have passed and `nbf` may be ahead, at most 30. Default 0. Raise it for an issuer whose clock runs ahead
   * of this one and whose tokens have an `nbf`.
   */
  readonly clockToleranceSeconds?: number;
  readonly claims?: ClaimNames;
  /** How long an answer is relied on, in milliseconds, at most 60,000: so long a revoked token lives on. Default 5,000. */
  readonly trustMs?: number;
  /** Answers that are remembered, of each kind. Default 10,000. */
  readonly remember?: number;
  /** Questions under way at once; beyond it callers get 503. Default 50. */
  readonly concurrent?: number;
  /** Unix milliseconds. Default the system's wall clock. */
  readonly clock?: { now(): number };
}

/**
 * Verifies opaque tokens by asking their issuer (RFC 7662): `active`, `iss`, `aud`, `exp` and `nbf` are checked, none is made up
 * when it is missing; without `sub` the client is the subject. The endpoint learns who asks. Rejects with `unavailable` when it gives no usable answer.
 *
 * @example
 * ```ts
 * import { introspection } from '@sallyport/auth';
 *
 * const auth = introspection({
 *   endpoint: 'https://login.example.com/introspect',
 *   issuer: 'https://login.example.com',
 *   audience: 'https://mcp.example.com/mcp',
 *   clientId: 'mcp-server',
 *   clientSecret: process.env.INTROSPECTION_SECRET ?? '',
 * });
 * ```
 */
export function introspection(options: IntrospectionOptions): IssuerAuthenticator {
  assertOptions('introspection', options, checks, needed);
  const { issuer, clockToleranceSeconds = 0, claims = {}, trustMs = 5_000, remember = 10_000 } = options;
  const { concurrent = 50, clock = Date } = options;
  const address = secureUrl(options.endpoint, 'endpoint');
  const authorization = basicAuth(options);
  const audiences = [options.audience].flat();
  const now = () => clock.now();
  const verified = new VerifiedTokens(remember, trustMs, now);
  const last = new LastCredentials(false);
  const refused = new ExpiringMap<AuthError>(remember, now);
  let running = 0;

  const ask = async (token: string): Promise<Readonly<Record<string, unknown>>> => {
    if (running >= concurrent) throw new AuthError('unavailable', 'too many introspections at once');
    running++;
    try {
      return await fetchJson(address, {
        method: 'POST',
        headers: {
          Authorization: authorization,
          Accept: 'application/json',
          'Content-Type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
      });
    } catch (error) {
      throw new AuthError('unavailable', 'the introspection endpoint gave no answer', { cause: error });
    } finally {
      running--;
    }
  };
  const verify = async (token: string): Promise<VerifiedToken> => {
    const hash = tokenHash(token);
    const known = refused.get(hash);
    if (known !== undefined) throw known;
    const answer = await ask(token);
    try {
      assertActive(answer, issuer, audiences, now() / 1000, clockToleranceSeconds);
      if (boundKey(answer) !== undefined) throw new AuthError('invalid', 'bound to a key, which is not checked here');
      // A client that acts for itself has no `sub` in many answers; RFC 9068 section 2.2 makes it its own subject.
      const sub = answer.sub ?? answer.client_id;
      return { principal: principalOf({ ...answer, sub, iss: issuer }, claims) };
    } catch (error) {
      if (error instanceof AuthError) refused.set(hash, error, now() + trustMs);
      throw error;
    }
  };
  return {
    issuer,
    remembers(authorization) {
      const token = presentedToken(authorization);
      return token !== undefined && verified.has(token);
    },
    authenticate: async (header, request) =>
      (await verified.get(last.of(header, request?.connection), verify)).principal,
  };
}

const needed = ['endpoint', 'issuer', 'audience', 'clientId', 'clientSecret'];
const checks = {
  endpoint: option.passing((url) => secureUrl(url as URL, 'it')),
  issuer: option.text,
  audience,
  clientId: option.text,
  clientSecret: option.text,
  clockToleranceSeconds: option.between(0, 30),
  claims: claimNames,
  trustMs: option.between(0, 60_000),
  remember: option.wholeNumber(0),
  concurrent: option.wholeNumber(1),
  clock: wallClock,
} satisfies Readonly<Record<keyof IntrospectionOptions, OptionCheck>>;

function assertActive(
  { active, iss, aud, exp, nbf }: Readonly<Record<string, unknown>>,
  issuer: string,
  audiences: readonly string[],
  seconds: number,
  tolerance: number,
): void {
  if (active !== true) throw new AuthError('invalid', 'not active');
  // Optional in RFC 7662; the endpoint knows its own tokens only.
  if (iss !== undefined && iss !== issuer) throw new AuthError('invalid', 'iss');
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!named.some((name) => typeof name === 'string' && audiences.includes(name)))
    throw new AuthError('invalid', 'aud');
  if (typeof exp !== 'number') throw new AuthError('invalid', 'exp');
  if (!(exp > seconds - tolerance)) throw new AuthError('expired', 'exp has passed');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= seconds + tolerance)) {
    throw new AuthError('invalid', 'nbf');
  }
}
