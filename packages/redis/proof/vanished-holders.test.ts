import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { killHolders } from './vanished-holders.js';

const leaseMs = 3_000;

describeWithRedis('when the processes that hold 1,000 leases are killed', () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(() => server.stop());

  test('every slot is free within the life of a lease and a second, and never were more held than the limit', async () => {
    const { held, admittedTooMany, freeAfterMs } = await killHolders(server, { leaseMs });
    expect({ held, admittedTooMany }).toEqual({ held: 1_000, admittedTooMany: 0 });
    expect(freeAfterMs).toBeLessThan(leaseMs + 1_000);
  }, 60_000);

  test('a limiter that counts its leases up and down is found out', async () => {
    const { admittedTooMany, freeAfterMs = Number.POSITIVE_INFINITY } = await killHolders(server, {
      leaseMs,
      bug: 'counter-lease',
    });
    expect(admittedTooMany > 0 || freeAfterMs > leaseMs + 1_000).toBe(true);
  }, 60_000);
});
