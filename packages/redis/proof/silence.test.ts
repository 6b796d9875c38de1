import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { silenceRedis } from './silence.js';

describeWithRedis('a Redis that is stopped and goes on, again and again', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  test('charges nothing for calls that had no answer, and of 100 callers 99 wait no longer than 100 ms, or 200 on a busy machine', async () => {
    const { calls, admitted, charged, leasesHeld, p99Ms } = await silenceRedis(server, 5, 800);
    expect({ charged, leasesHeld }).toEqual({ charged: admitted, leasesHeld: admitted });
    expect(calls - admitted).toBeGreaterThan(100);
    // `soak:limits`, which has the machine to itself, asks for 100.
    expect(p99Ms).toBeLessThan(200);
  }, 60_000);
});
