import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { judgeHistory } from './judge-history.js';
import { recordHistory } from './record-history.js';
import type { Workload } from './workload.js';

/** The short form of what `soak:limits` runs for a minute. */
const workload: Workload = { shortMs: 1_000, longMs: 4_000, forMs: 8_000, processes: 8, seed: 1 };

describeWithRedis(
  '8 processes with clocks up to 5 minutes off, 3 dimensions with 2 windows, 10 times overloaded',
  () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server.stop());

    test('never put more than the limit into any rolling window, and nobody is refused more than a twelfth too early', async () => {
      const records = await recordHistory(server.url, workload);
      const { violations, refusedEarly, outOfTime, fullest, ...counts } = judgeHistory(records, workload);
      expect({ violations, refusedEarly, outOfTime }).toEqual({ violations: [], refusedEarly: 0, outOfTime: 0 });
      expect(fullest['tenant in 1000 ms']).toBeGreaterThanOrEqual(0.98);
      expect(fullest['tenant in 4000 ms']).toBeGreaterThanOrEqual(0.98);
      expect(counts.decisions).toBeGreaterThan(5 * counts.admitted);
    }, 60_000);

    test('a limiter that counts by the clock of its callers is found out', async () => {
      const records = await recordHistory(server.url, workload, 'client-clock');
      expect(judgeHistory(records, workload).violations.length).toBeGreaterThan(0);
    }, 60_000);
  },
);
