import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { AuthError } from './auth-error.js';
import { ExpiringMap } from './expiring-map.js';
import { FetchBudget } from './fetch-budget.js';
import { fetchJson } from './fetch-json.js';
import type { KeySource } from './key-source.js';
import { secureUrl } from './secure-url.js';

/** Older keys are fetched again, beside the calls that use them. */
const refreshMs = 10 * 60_000;
/** Older keys are worth an alarm: long before they stop verifying, and long after a hiccup. */
const agingMs = 60 * 60_000;
/** Older keys verify nothing any more: who has cut us off from the issuer must not keep a withdrawn key alive for ever. */
const staleLimitMs = 24 * 60 * 60_000;
/** A key id the issuer did not have is not asked for again for so long. */
const absentMs = 60_000;
const maxAbsent = 1_000;

/**
 * Keys that an issuer publishes (RFC 7517), fetched when first needed, refreshed in the background after 10 minutes and used
 * for up to 24 hours while the issuer cannot be reached. However many tokens and key ids arrive, the issuer is asked at most
 * twice a minute, or every 5 seconds while there is no key, and callers that wait for the same fetch share it. An empty key set counts as a failed fetch. Throws a
 * `TypeError` for a URL that is not HTTPS, unless on loopback. `onAging` is told of each failed fetch while the keys are older than
 * an hour.
 */
export function remoteKeys(
  url: string | URL,
  now: () => number,
  onAging: (aging: { readonly ageMs: number; readonly leftMs: number }) => void = () => {},
): KeySource {
  const address = secureUrl(url, 'jwksUrl');
  const budget = new FetchBudget(now);
  const absent = new ExpiringMap<true>(maxAbsent, now);
  let known: { readonly find: JWTVerifyGetKey; readonly at: number } | undefined;
  let running: Promise<boolean> | undefined;
  let failure: unknown;

  const load = async (): Promise<boolean> => {
    try {
      const find = keySet(await fetchJson(address, { headers: { Accept: 'application/json' } }));
      known = { find, at: now() };
      failure = undefined;
      return true;
    } catch (error) {
      budget.failed();
      failure = error;
      const age = ageMs() ?? 0;
      if (age >= agingMs) onAging({ ageMs: age, leftMs: Math.max(0, staleLimitMs - age) });
      return false;
    } finally {
      running = undefined;
    }
  };
  /** Whether there are fresh keys now: joins a fetch that runs, or starts one if the budget allows. */
  const reload = async (): Promise<boolean> => {
    if (running === undefined && budget.take(!hasKeys())) running = load();
    return (await running) ?? false;
  };
  const unavailable = () =>
    new AuthError('unavailable', 'the keys of the issuer cannot be fetched', {
      cause: failure ?? new Error('too soon'),
    });
  const ageMs = () => (known === undefined ? undefined : Math.max(0, now() - known.at));

  const hasKeys = () => (ageMs() ?? staleLimitMs) < staleLimitMs;

  const usable = async (): Promise<JWTVerifyGetKey> => {
    if (!hasKeys()) await reload();
    else if ((ageMs() ?? 0) >= refreshMs) void reload();
    if (known === undefined || !hasKeys()) throw unavailable();
    return known.find;
  };
  return {
    ageMs,
    async ready() {
      await usable();
    },
    async find(header, token) {
      const find = await usable();
      try {
        return await find(header, token);
      } catch (error) {
        const { kid } = header;
        if (!(error instanceof errors.JWKSNoMatchingKey) || typeof kid !== 'string') throw error;
        if (absent.get(kid) === true) throw error;
        if (await reload()) {
          absent.set(kid, true, now() + absentMs);
          return (await usable())(header, token);
        }
        // The issuer may have a new key that cannot be fetched now: the token is not proven bad.
        throw failure === undefined ? error : unavailable();
      }
    },
  };
}

function keySet(jwks: Readonly<Record<string, unknown>>): JWTVerifyGetKey {
  if (!Array.isArray(jwks.keys) || jwks.keys.length === 0) throw new Error('the key set has no keys');
  return createLocalJWKSet(jwks as unknown as JSONWebKeySet);
}
