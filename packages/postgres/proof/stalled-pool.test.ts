import { describe, expect, test } from 'vitest';
import type { Database } from '../src/database.js';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop } from '../test-rig/shop-on-server.js';
import { type StallOptions, stallPool } from './stalled-pool.js';

const stalled = (options: Partial<StallOptions>) => onShop((shop) => stallPool(shop, { stallMs: 3_000, ...options }));
const latest = ({ lateMs }: Awaited<ReturnType<typeof stalled>>) => Math.max(...Object.values(lateMs));

/** Waits for its turn whatever became of the caller. */
const patient = (database: Database): Database => ({
  ...database,
  open: (scope) =>
    database.open({ ...scope, signal: new AbortController().signal, remainingMs: () => Number.POSITIVE_INFINITY }),
});

// `soak:postgres` stalls for 30 seconds.
describe.skipIf(!postgresAnswers)('a pool to whose server nothing comes through', () => {
  test('keeps nobody waiting past the deadline, serves again soon after, and every write has happened once', async () => {
    const report = await stalled({});
    const codes = new Set(Object.keys(report.answers));
    expect(codes).toContain('read TOOL_TIMEOUT');
    expect(codes).toContain('phased served');
    expect(codes).toContain('natural TOOL_TIMEOUT');
    expect(codes).toContain('transactional OUTCOME_UNKNOWN');
    for (const code of codes) expect(code).toMatch(/ (served|DEPENDENCY_UNAVAILABLE|TOOL_TIMEOUT|OUTCOME_UNKNOWN)$/);
    for (const late of Object.values(report.lateMs)) expect(late).toBeLessThan(150);
    expect(report.overstayed).toBe(0);
    expect(report.recoveredMs).toBeLessThan(5_000);
    expect(report.wrong).toEqual([]);
    expect(report.notOnce).toEqual([]);
  }, 120_000);

  test('is found to keep calls waiting when they have no deadline', async () => {
    expect(latest(await stalled({ timeoutMs: 60_000 }))).toBeGreaterThan(1_500);
  }, 120_000);

  test('is found to keep those whose time is over in the queue', async () => {
    expect((await stalled({ seeded: patient })).overstayed).toBeGreaterThan(0);
  }, 120_000);
});
