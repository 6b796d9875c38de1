import { type AdmissionRequest, type AdmissionStore, systemClock } from '@sallyport/core';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { admissionScripts } from '../src/admission-scripts.js';
import { admissionVerbs } from '../src/admission-verbs.js';
import { keyLayout } from '../src/key-layout.js';
import type { RedisClient } from '../src/redis-client.js';
import { connected } from '../test-rig/admission-on.js';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { buggyScripts } from './seeded-bugs.js';

const hour = 3_600_000;
let asked = 0;

/** Everything that is open, and one limit that is shut. */
function request(shut: 'window' | 'lease'): AdmissionRequest {
  const window = (key: string, limit: number) => ({ key, reached: key, limit, windowMs: hour, cost: 1 });
  return {
    id: `call ${asked++}`,
    tenant: 'acme',
    windows: [
      window('open', 1_000_000),
      window('shut', shut === 'window' ? 1 : 1_000_000),
      window('also open', 1_000_000),
    ],
    leases: [
      { key: 'open', reached: 'open', limit: 1_000_000 },
      { key: 'shut', reached: 'shut', limit: shut === 'lease' ? 1 : 1_000_000 },
    ],
    leaseMs: hour,
  };
}

describeWithRedis('10,000 calls that one limit denies', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let reader: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = await connected(server.url, 5_000);
    reader = new Redis(server.url);
  });
  beforeEach(() => reader.flushall());
  afterAll(async () => {
    redis.disconnect();
    reader.disconnect();
    await server.stop();
  });

  /** Every key with its bytes. */
  async function everything(): Promise<Map<string, string | undefined>> {
    const keys = (await reader.keys('*')).sort();
    const dumps = await Promise.all(keys.map((key) => reader.dumpBuffer(key)));
    return new Map(keys.map((key, index) => [key, dumps[index]?.toString('hex')]));
  }

  async function denied(store: AdmissionStore, shut: 'window' | 'lease', times: number) {
    expect((await store.admit(request(shut))).admitted).toBe(true);
    const before = await everything();
    let admitted = 0;
    for (let batch = 0; batch < times / 100; batch++) {
      const decisions = await Promise.all(Array.from({ length: 100 }, () => store.admit(request(shut))));
      admitted += decisions.filter((decision) => decision.admitted).length;
    }
    return { admitted, before, after: await everything() };
  }
  const key = keyLayout('denied:');

  test.each(['window', 'lease'] as const)(
    'change no byte in the store when it is a %s',
    async (shut) => {
      const scripts = admissionScripts(redis);
      const store = admissionVerbs({ redis, scripts, key, withinMs: 5_000, clock: systemClock });
      const { admitted, before, after } = await denied(store, shut, 10_000);
      expect(admitted).toBe(0);
      expect(before.size).toBe(6);
      expect(after).toEqual(before);
    },
    60_000,
  );

  test('find out a limiter that charges one window after the other', async () => {
    const scripts = buggyScripts(redis, 'charge-on-denial');
    const store = admissionVerbs({ redis, scripts, key, withinMs: 5_000, clock: systemClock });
    const { before, after } = await denied(store, 'window', 100);
    expect(after).not.toEqual(before);
  });
});
