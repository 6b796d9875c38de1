import { Cluster } from 'ioredis';
import type { RedisClient } from './redis-client.js';

/**
 * The `commandTimeout` of a connection, in milliseconds. Throws a `TypeError` for a connection that does not fail fast: one that
 * keeps commands for later charges calls that nobody waits for any more.
 */
export function timeoutOf(redis: RedisClient): number {
  const options = redis instanceof Cluster ? (redis.options.redisOptions ?? {}) : redis.options;
  const { commandTimeout, maxRetriesPerRequest, autoResendUnfulfilledCommands } = options;
  const problem =
    commandTimeout === undefined || !(commandTimeout > 0)
      ? 'has no commandTimeout'
      : redis.options.enableOfflineQueue !== false
        ? 'keeps commands for later (enableOfflineQueue)'
        : maxRetriesPerRequest !== 0 || autoResendUnfulfilledCommands !== false
          ? 'sends commands again (maxRetriesPerRequest, autoResendUnfulfilledCommands)'
          : undefined;
  if (problem !== undefined || commandTimeout === undefined) {
    throw new TypeError(`This connection ${problem}. Make it with connectRedis, or with the options of failFast.`);
  }
  return commandTimeout;
}
