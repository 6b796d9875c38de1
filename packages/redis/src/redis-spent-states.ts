import { assertRedis } from './assert-redis.js';
import { keyLayout } from './key-layout.js';
import type { RedisClient } from './redis-client.js';

/** Where the ids lie. */
export interface RedisSpentStatesOptions {
  /** Before every key. Default `sallyport:`. */
  readonly prefix?: string;
}

/** Remembers which one-time values were used, for all instances that may see them. */
export interface RedisSpentStates {
  /**
   * Atomically: `true` the first time for this id, `false` from then on until `untilMs` (Unix milliseconds). Rejects when nobody
   * can tell; the id may be spent then.
   */
  spend(id: string, untilMs: number): Promise<boolean>;
}

/**
 * Used request states of `@sallyport/mcp-server`, for a fleet: a state that one instance has read no other reads again.
 *
 * @example
 * ```ts
 * import { connectRedis, redisSpentStates } from '@sallyport/redis';
 *
 * const spent = redisSpentStates(connectRedis('redis://127.0.0.1:6379'));
 * ```
 */
export function redisSpentStates(redis: RedisClient, options: RedisSpentStatesOptions = {}): RedisSpentStates {
  assertRedis('redisSpentStates', redis, options, {});
  const { prefix = 'sallyport:' } = options;
  const key = keyLayout(prefix);
  return {
    async spend(id, untilMs) {
      if (!Number.isFinite(untilMs)) throw new RangeError('untilMs must be a time');
      // Each id is a key of its own slot: nothing else must be decided with it.
      return (await redis.set(key(id, 'spent', ''), '1', 'PXAT', Math.max(1, Math.ceil(untilMs)), 'NX')) === 'OK';
    },
  };
}
