import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { assertNoEviction } from './assert-no-eviction.js';
import { connectRedis } from './connect-redis.js';
import type { RedisClient } from './redis-client.js';
import { redisReady } from './redis-ready.js';

describeWithRedis('a Redis that keeps idempotent results', () => {
  let server: RedisServer;
  let redis: RedisClient;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, { commandTimeoutMs: 1_000 });
    await vi.waitFor(() => redisReady(redis), { timeout: 5_000 });
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  test.each([
    ['0', 'noeviction'],
    ['0', 'allkeys-lru'],
    ['100mb', 'noeviction'],
  ])('may have maxmemory %s with %s', async (memory, policy) => {
    await redis.config('SET', 'maxmemory', memory, 'maxmemory-policy', policy);
    await expect(assertNoEviction(redis)).resolves.toBeUndefined();
  });

  test.each(['allkeys-lru', 'volatile-ttl', 'volatile-lru'])('may not give up keys by %s', async (policy) => {
    await redis.config('SET', 'maxmemory', '100mb', 'maxmemory-policy', policy);
    await expect(assertNoEviction(redis)).rejects.toThrow(`noeviction (it is ${policy})`);
  });
});
