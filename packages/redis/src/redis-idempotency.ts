import { type Clock, type IdempotencyStore, systemClock } from '@sallyport/core';
import { option } from '@sallyport/core/adapter';
import { assertRedis } from './assert-redis.js';
import { idempotencyScripts } from './idempotency-scripts.js';
import { idempotencyVerbs } from './idempotency-verbs.js';
import { keyLayout } from './key-layout.js';
import type { RedisClient } from './redis-client.js';
import { timeoutOf } from './timeout-of.js';

/** Where keys lie, and how large a result may be. */
export interface RedisIdempotencyOptions {
  /** Before every key. Default `sallyport:`. */
  readonly prefix?: string;
  /** The largest result that is kept for a repeat, in bytes. Default 2 MiB: any answer within the shipped limit of 1 MiB. */
  readonly maxResultBytes?: number;
  /** For what is sent again later; what expires, expires by the server's clock. */
  readonly clock?: Clock;
}

/**
 * Idempotent results that a fleet shares: `natural` and `phased`. Time is the server's. A claim whose answer is lost on the way
 * is taken back, for five minutes, as long as this process lives; until then the key is held, after that unknown, and never
 * free by accident.
 *
 * What Redis forgets is forgotten: after FLUSHALL, an eviction or a failover that lost the last writes, a repeat runs again.
 * Throws a `TypeError` for a connection that does not fail fast.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { connectRedis, redisIdempotency } from '@sallyport/redis';
 *
 * const redis = connectRedis('redis://127.0.0.1:6379');
 * const stack = hardened({ idempotency: redisIdempotency(redis) });
 * ```
 */
export function redisIdempotency(redis: RedisClient, options: RedisIdempotencyOptions = {}): IdempotencyStore {
  assertRedis('redisIdempotency', redis, options, {
    maxResultBytes: option.positive('bytes'),
    clock: option.having('now', 'setTimeout', 'clearTimeout'),
  });
  const { prefix = 'sallyport:', maxResultBytes = 2 * 1024 * 1024, clock = systemClock } = options;
  timeoutOf(redis);
  if (!(maxResultBytes >= 1_024)) throw new RangeError('maxResultBytes must be at least 1,024');
  return idempotencyVerbs({
    scripts: idempotencyScripts(redis),
    key: keyLayout(prefix),
    reachable: () => redis.status === 'ready',
    maxResultBytes,
    clock,
  });
}
