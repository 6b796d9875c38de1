import type { Revoked } from '@sallyport/core';
import { keyLayout } from './key-layout.js';
import type { RedisClient } from './redis-client.js';

/** One entry of a deny list. */
export interface RevokedEntry {
  readonly entry: Revoked;
  /** When it ends, in Unix milliseconds. */
  readonly until: number;
  /** As it was given with the revocation. */
  readonly reason?: string;
}

const page = 1_000;

/**
 * What is on the deny list of the fleet at `prefix` (default `sallyport:`), those that end first first, as the server has it
 * now. Rejects when the server cannot be asked.
 *
 * @example
 * ```ts
 * import { connectRedis, revokedEntries } from '@sallyport/redis';
 *
 * const redis = connectRedis('redis://127.0.0.1:6379');
 * for await (const { entry, until, reason } of revokedEntries(redis)) console.log(entry, new Date(until), reason);
 * ```
 */
export async function* revokedEntries(
  redis: RedisClient,
  { prefix = 'sallyport:' }: { readonly prefix?: string } = {},
): AsyncGenerator<RevokedEntry> {
  const key = keyLayout(prefix);
  const [until, reasons] = [key('', 'revoked', 'until'), key('', 'revoked', 'reasons')];
  const [seconds = 0] = (await redis.time()).map(Number);
  for (let from = 0; ; from += page) {
    const found = await redis.zrangebyscore(until, `(${seconds * 1_000}`, '+inf', 'WITHSCORES', 'LIMIT', from, page);
    const texts = found.filter((_, at) => at % 2 === 0);
    if (texts.length === 0) return;
    const why = await redis.hmget(reasons, ...texts);
    for (const [at, text] of texts.entries()) {
      const entry = entryOf(text);
      const reason = why[at];
      if (entry !== undefined) yield { entry, until: Number(found[2 * at + 1]), ...(reason == null ? {} : { reason }) };
    }
    if (texts.length < page) return;
  }
}

/** What `revokedKey` of core made the text of. Something else may have written there. */
function entryOf(text: string): Revoked | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts) || !parts.every((part): part is string => typeof part === 'string')) return undefined;
  const [kind, first = '', second = ''] = parts;
  if (kind === 'tenant') return { tenant: first };
  if (kind === 'subject') return { issuer: first, subject: second };
  return kind === 'token' ? { issuer: first, tokenId: second } : undefined;
}
