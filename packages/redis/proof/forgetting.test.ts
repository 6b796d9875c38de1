import { setTimeout as sleep } from 'node:timers/promises';
import type { AdmissionRequest } from '@sallyport/core';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { redisAdmission } from '../src/redis-admission.js';
import { connected } from '../test-rig/admission-on.js';
import { startCluster } from '../test-rig/redis-cluster.js';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';

let asked = 0;
const spend = (limit: number, key = 'calls', tenant = 'acme'): AdmissionRequest => ({
  id: `call ${asked++}`,
  tenant,
  windows: [{ key, reached: key, limit, windowMs: 3_600_000, cost: 1 }],
  leases: [{ key, reached: key, limit: 1_000_000 }],
  leaseMs: 30_000,
});

describeWithRedis('a server that forgets', () => {
  let server: RedisServer;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });

  test('its scripts (SCRIPT FLUSH) is taught them again in the same call, and no call fails or is charged twice', async () => {
    const redis = await connected(server.url, 2_000);
    const store = redisAdmission(redis, { prefix: 'scripts:' });
    let remaining = 0;
    for (let round = 0; round < 50; round++) {
      await admin.script('FLUSH');
      const decisions = await Promise.all(Array.from({ length: 20 }, () => store.admit(spend(10_000))));
      expect(decisions.every(({ admitted }) => admitted)).toBe(true);
      remaining = Math.min(...decisions.map((decision) => decision.remaining[0] ?? 0));
    }
    expect(remaining).toBe(9_000);
    redis.disconnect();
  });

  test('everything (FLUSHALL) counts anew, and what was held can still be renewed and released', async () => {
    const redis = await connected(server.url, 2_000);
    const store = redisAdmission(redis, { prefix: 'all:' });
    const held = spend(3);
    expect((await store.admit(held)).admitted).toBe(true);
    await admin.flushall();
    await store.renew(held);
    for (const expected of [true, true, true, false]) expect((await store.admit(spend(3))).admitted).toBe(expected);
    await store.release(held);
    redis.disconnect();
  });

  test('nothing, but cannot be reached when a slot is given back, is told afterwards', async () => {
    const redis = await connected(server.url, 100);
    const store = redisAdmission(redis, { prefix: 'later:' });
    const held = { ...spend(10), leases: [{ key: 'slot', reached: 'slot', limit: 1 }] };
    expect((await store.admit(held)).admitted).toBe(true);
    server.process.kill('SIGSTOP');
    await store.release(held);
    server.process.kill('SIGCONT');
    const next = () => store.admit({ ...held, id: `call ${asked++}` }).then(({ admitted }) => admitted);
    for (const until = performance.now() + 5_000; !(await next()); await sleep(50)) {
      expect(performance.now()).toBeLessThan(until);
    }
    redis.disconnect();
  });

  test('that restarts, empty, is used again by the same connection', async () => {
    const mortal = await startRedis();
    const redis = await connected(mortal.url, 500);
    const store = redisAdmission(redis);
    expect((await store.admit(spend(2))).admitted).toBe(true);
    await mortal.stop();
    await expect(store.admit(spend(2))).rejects.toThrow();
    const reborn = await startRedis({ port: mortal.port });
    for (;;) {
      const decided = await store.admit(spend(2, 'again')).catch(() => sleep(20));
      if (decided !== undefined) break;
    }
    expect((await store.admit(spend(2, 'again'))).admitted).toBe(true);
    expect((await store.admit(spend(2, 'again'))).admitted).toBe(false);
    redis.disconnect();
    await reborn.stop();
  });

  test('of a Redis Cluster, killed, is replaced by its replica, and its tenants are served again', async () => {
    const cluster = await startCluster({ masters: 3, replicas: 1 });
    const redis = await connected(cluster.urls, 500);
    const store = redisAdmission(redis);
    const tenants = Array.from({ length: 30 }, (_, index) => `tenant ${index}`);
    for (const tenant of tenants) expect((await store.admit(spend(5, 'calls', tenant))).admitted).toBe(true);
    await cluster.nodes[0]?.stop();
    const killedAt = performance.now();
    for (const tenant of tenants) {
      while ((await store.admit(spend(5, 'calls', tenant)).catch(() => sleep(50))) === undefined);
    }
    expect(performance.now() - killedAt).toBeLessThan(30_000);
    for (const tenant of tenants) {
      const { remaining } = await store.admit(spend(5, 'calls', tenant));
      expect(remaining[0]).toBe(2);
    }
    redis.disconnect();
    await cluster.stop();
  }, 120_000);
});
