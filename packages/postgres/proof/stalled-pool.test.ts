import { describe, expect, test } from 'vitest';
import type { Database } from '../src/database.js';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop } from '../test-rig/shop-on-server.js';
import { type StallOptions, stallPool } from './stalled-pool.js';

const stalled = (options: Partial<StallOptions>) => onShop((shop) => stallPool(shop, { stallMs: 3_000, ...options }));

/** Waits for its turn whatever became of the caller. */
const patient = (database: Database): Database => ({
  ...database,
  open: (scope) =>
    database.open({ ...scope, signal: new AbortController().signal, remainingMs: () => Number.POSITIVE_INFINITY }),
});

// `soak:postgres` stalls for 30 seconds, and asks for 250 ms and 5 s. Here the machine may be busy.
describe.skipIf(!postgresAnswers)('a pool to whose server nothing comes through', () => {
  test('keeps nobody waiting past the deadline, and serves again soon after', async () => {
    const { answers, lateMs, recoveredMs } = await stalled({});
    const { served: _, ...refused } = answers;
    expect(Object.keys(refused).sort()).toEqual(['DEPENDENCY_UNAVAILABLE', 'TOOL_TIMEOUT']);
    expect(lateMs).toBeLessThan(2_000);
    expect(recoveredMs).toBeLessThan(5_000);
  });

  test('is found to keep calls waiting when they have no deadline', async () => {
    expect((await stalled({ timeoutMs: 60_000 })).lateMs).toBeGreaterThan(1_500);
  });

  test('is found not to serve for long when those whose time is over stay in the queue', async () => {
    expect((await stalled({ stallMs: 4_000, seeded: patient, deadlineMs: 500 })).recoveredMs).toBeGreaterThan(1_000);
  });
});
