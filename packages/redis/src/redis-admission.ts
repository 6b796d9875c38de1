import { type Clock, systemClock } from '@sallyport/core';
import { option } from '@sallyport/core/adapter';
import { admissionScripts } from './admission-scripts.js';
import { admissionVerbs, type RemoteAdmissionStore } from './admission-verbs.js';
import { assertRedis } from './assert-redis.js';
import { keyLayout } from './key-layout.js';
import type { RedisClient } from './redis-client.js';
import { timeoutOf } from './timeout-of.js';

/** Where counters lie. */
export interface RedisAdmissionOptions {
  /** Before every key. Default `sallyport:`. */
  readonly prefix?: string;
  /** For deadlines; limits are counted by the server's clock. */
  readonly clock?: Clock;
}

/**
 * Limits that a fleet shares, on one Redis or a Redis Cluster: one round trip per decision, by the server's clock. A decision
 * that does not come within the connection's `commandTimeout` rejects, and charges nothing: what reaches the server later is
 * refused there, and what was charged without its caller learning of it is undone within seconds, or when the
 * server is back within a minute.
 *
 * What Redis forgets is forgiven: after FLUSHALL, an eviction or a failover that lost the last writes, counting starts from what
 * is left. Throws a `TypeError` for a connection that does not fail fast.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { connectRedis, redisAdmission } from '@sallyport/redis';
 *
 * const redis = connectRedis('redis://127.0.0.1:6379');
 * const stack = hardened({ admission: redisAdmission(redis) });
 * ```
 */
export function redisAdmission(redis: RedisClient, options: RedisAdmissionOptions = {}): RemoteAdmissionStore {
  assertRedis('redisAdmission', redis, options, { clock: option.having('now', 'setTimeout', 'clearTimeout') });
  const { prefix = 'sallyport:', clock = systemClock } = options;
  const withinMs = timeoutOf(redis);
  return admissionVerbs({ redis, scripts: admissionScripts(redis), key: keyLayout(prefix), withinMs, clock });
}
