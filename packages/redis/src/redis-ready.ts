import { Cluster } from 'ioredis';
import type { RedisClient } from './redis-client.js';

/**
 * Resolves when the server answers; of a Redis Cluster, when every master that is known does. Rejects within the connection's
 * time otherwise. For the readiness of a host.
 *
 * @example
 * ```ts
 * import { connectRedis, redisReady } from '@sallyport/redis';
 *
 * const redis = connectRedis('redis://127.0.0.1:6379');
 * const ready = [() => redisReady(redis)];
 * ```
 */
export async function redisReady(redis: RedisClient): Promise<void> {
  if (!(redis instanceof Cluster)) {
    await redis.ping();
    return;
  }
  if (redis.status !== 'ready') throw new Error(`The Redis Cluster is not connected: ${redis.status}.`);
  const masters = redis.nodes('master');
  if (masters.length === 0) throw new Error('No node of the Redis Cluster can be reached.');
  await Promise.all(
    masters.map((node) => {
      // A node keeps what it is sent before it is connected.
      if (node.status !== 'ready') throw new Error(`A node of the Redis Cluster is not connected: ${node.status}.`);
      return node.ping();
    }),
  );
}
