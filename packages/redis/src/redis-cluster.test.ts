import { setTimeout as wait } from 'node:timers/promises';
import { denyListContract, idempotencyStoreContract } from '@sallyport/testkit';
import type { Cluster } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RedisCluster, startCluster } from '../test-rig/redis-cluster.js';
import { describeWithRedis } from '../test-rig/redis-server.js';
import { connectRedis } from './connect-redis.js';
import { type RedisDenyList, redisDenyList } from './redis-deny-list.js';
import { redisIdempotency } from './redis-idempotency.js';
import { redisReady } from './redis-ready.js';

describeWithRedis('on a Redis Cluster of three nodes', () => {
  let cluster: RedisCluster;
  let redis: Cluster;
  const lists: RedisDenyList[] = [];
  let prefixes = 0;

  beforeAll(async () => {
    cluster = await startCluster();
    redis = connectRedis(cluster.urls, { commandTimeoutMs: 1_000 }) as Cluster;
    await vi.waitFor(() => redisReady(redis), { timeout: 20_000 });
  }, 60_000);
  // They listen on one connection.
  afterEach(() => {
    for (const list of lists.splice(0)) list.close();
  });
  afterAll(async () => {
    redis.disconnect();
    await cluster.stop();
  });

  describe('idempotency keeps its contract:', () => {
    const fresh = () => ({
      store: redisIdempotency(redis, { prefix: `c${prefixes++}:` }),
      advance: (ms: number) => wait(ms),
      toleranceMs: 60,
    });
    for (const { title, prove } of idempotencyStoreContract(fresh)) test(title, prove);
  });

  async function instance(prefix: string) {
    const list = redisDenyList(redis, { prefix });
    lists.push(list);
    await expect.poll(() => list.assertFresh(), { interval: 5, timeout: 5_000 }).toBeUndefined();
    return list;
  }

  describe('the deny list keeps its contract:', () => {
    const fresh = async () => ({
      store: await instance(`d${prefixes++}:`),
      advance: (ms: number) => wait(ms),
      now: () => Date.now(),
      toleranceMs: 60,
    });
    for (const { title, prove } of denyListContract(fresh)) test(title, prove);
  });

  test('a revocation reaches the other instances', async () => {
    const [one, two] = [await instance('push:'), await instance('push:')];
    await one.revoke({ tenant: 'globex' }, Date.now() + 60_000);
    const globex = { issuer: 'i', subject: 's', scopes: [], tenant: 'globex' };
    await expect.poll(() => two.isRevoked(globex), { timeout: 5_000 }).toBe(true);
  });

  test('tenants are spread over the nodes, each whole in one slot', async () => {
    const store = redisIdempotency(redis, { prefix: 'spread:' });
    for (let n = 0; n < 60; n++) {
      const claim = { tenant: `tenant-${n}`, key: `${n}`, fingerprint: 'f', leaseMs: 10_000, retentionMs: 10_000 };
      expect((await store.claim(claim)).state).toBe('claimed');
    }
    for (const node of redis.nodes('master')) expect((await node.keys('spread:*')).length).toBeGreaterThan(0);
  });
});
