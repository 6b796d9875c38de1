import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './redis-client.js';

/**
 * Rejects when the server, or a master of the cluster, gives up keys when its memory is full: what it forgets of idempotent
 * results runs again, and what it forgets of revocations is valid again. Asks `INFO`, which hosted servers allow. For the
 * readiness of a host.
 *
 * @example
 * ```ts
 * import { assertNoEviction, connectRedis, redisReady } from '@sallyport/redis';
 *
 * const redis = connectRedis('redis://127.0.0.1:6379');
 * const ready = [() => redisReady(redis), () => assertNoEviction(redis)];
 * ```
 */
export async function assertNoEviction(redis: RedisClient): Promise<void> {
  const nodes: readonly Redis[] = redis instanceof Cluster ? redis.nodes('master') : [redis];
  await Promise.all(
    nodes.map(async (node) => {
      const info = String(await node.info('memory'));
      const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
      const bounded = !/^maxmemory:0\s*$/m.test(info);
      if (bounded && policy !== 'noeviction') {
        throw new Error(
          `Redis would forget results and revocations: set maxmemory-policy to noeviction (it is ${policy}).`,
        );
      }
    }),
  );
}
