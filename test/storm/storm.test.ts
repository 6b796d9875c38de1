import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed } from '../support/installed.js';
import type { Era } from './call.js';
import { callOnce } from './call.js';
import { cancelMany, remainsLike, remainsOf } from './cancellations.js';
import { type HangOptions, hangingProvider } from './hanging.js';
import { judgeLimits } from './judge-limits.js';
import { neighbours } from './neighbours.js';
import { overload } from './overload.js';
import type { StormBug } from './plans.js';
import { rollingRestarts } from './restarts.js';
import { stalledPool } from './stalled-pool.js';
import { type StormFleet, startStormFleet } from './storm-fleet.js';
import { verdict } from './verdicts.js';
import { steppedClock } from './wall-clock.js';
import { warmUp } from './warm-up.js';

// The short forms of `npx pnpm@12 soak:storm`. On a busy machine little is said about milliseconds: what is asserted are counts, and
// times only where they are seconds apart from what a bug makes of them.

const possible = installed('nginx', 'redis-server', 'setpriv', 'pg_createcluster');

describe.runIf(possible)('three instances behind nginx, in a storm', () => {
  let fleet: StormFleet;
  beforeAll(async () => {
    fleet = await startStormFleet();
    await warmUp(fleet);
  }, 120_000);
  afterAll(() => fleet?.close(), 60_000);

  const seed = async (bug: StormBug | undefined) => {
    await Promise.all(fleet.instances.map((instance) => instance.tell({ bug })));
  };
  const broken = async <T>(bug: StormBug, run: () => Promise<T>): Promise<T> => {
    await seed(bug);
    try {
      return await run();
    } finally {
      await seed(undefined);
    }
  };

  describe('an overload of four times what can be served', () => {
    const load = (seedOf: number) => overload(fleet, { factors: [4], msPerFactor: 5_000, holdMs: 2_000, seed: seedOf });

    test('costs no critical call, and the database goes on being used in full', async () => {
      const [level] = await load(1);
      expect(level?.critical.success).toBe(1);
      expect(level?.ordinary.codes.OVERLOADED).toBeGreaterThan(0);
      // Thirty connections for five seconds, two seconds each, less what the edges cost.
      expect(level?.ordinary.codes.ok).toBeGreaterThan(40);
    });

    test('costs critical calls where priorities are ignored', async () => {
      const [level] = await broken('no priorities', () => load(2));
      expect(level?.critical.success).toBeLessThan(1);
    });
  });

  describe('a tenant at fifty times its usual load', () => {
    const storm = (seedOf: number) => neighbours(fleet, { factor: 50, forMs: 4_000, holdMs: 1_000, seed: seedOf });

    test('costs no other tenant a call', async () => {
      const { success, rogue } = await storm(1);
      expect(success).toBe(1);
      expect(rogue.RATE_LIMITED).toBeGreaterThan(0);
    });

    test('costs the others calls where tenants have no limit', async () => {
      expect((await broken('no tenant limit', () => storm(2))).success).toBeLessThan(1);
    });
  });

  describe('a payment provider that hangs', () => {
    const hang = (options: Pick<HangOptions, 'hangingMs' | 'afterMs' | 'refundsPerSecond' | 'seed'>) =>
      hangingProvider(fleet, { beforeMs: 2_000, othersPerSecond: 6, ...options });

    test('has no more than probes when breakers are open, costs no other tool a call, and no refund is paid twice', async () => {
      const figures = await hang({ hangingMs: 26_000, afterMs: 9_000, refundsPerSecond: 6, seed: 1 });
      // As judged, without what is said about milliseconds.
      const { othersBefore } = figures;
      const noTimes = { quick: 1, tookP99Ms: 0, servedP99Ms: 0, othersHanging: othersBefore };
      expect(verdict.hanging({ ...figures, ...noTimes }).wrong).toEqual([]);
      expect(figures.quick).toBeGreaterThan(0.5);
      // A strained event loop sheds some; without a bulkhead none would have room.
      expect(figures.othersHanging.success).toBeGreaterThan(0.9);
    }, 180_000);

    test('takes every refund that it is asked for where there are no breakers', async () => {
      const { opened, mostAtOnce } = await broken('no breaker', () =>
        hang({ hangingMs: 5_000, afterMs: 0, refundsPerSecond: 20, seed: 2 }),
      );
      expect(opened).toBe(0);
      expect(mostAtOnce).toBeGreaterThan(5);
    }, 90_000);
  });

  test('a database that says nothing makes nobody wait past his time, and all is well within five seconds of its first word', async () => {
    const figures = await stalledPool(fleet, { stalledMs: 4_000, perSecond: 10, timeoutMs: 1_500, seed: 1 });
    expect(Object.keys(figures.stalled)).not.toEqual(['ok']);
    expect(verdict.stall(figures).wrong).toEqual([]);
  });

  test('of cancelled calls nothing is left, and a listener that each leaves is found', async () => {
    const cancel = async (calls: number, seedOf: number) => {
      const of = (era: Era) => cancelMany(fleet, { era, calls, seed: seedOf });
      return { '2025': await of('2025'), '2026': await of('2026') };
    };
    await cancel(60, 1);
    const before = await remainsOf(fleet);
    const cancelled = await cancel(120, 2);
    const after = await remainsLike(before, fleet);
    expect(verdict.cancellations(cancelled, before, after).wrong).toEqual([]);
    for (const calls of Object.values(cancelled)) expect(calls).toBeGreaterThan(60);
    await broken('a listener left behind', () => cancel(60, 3));
    const { wrong } = verdict.cancellations(cancelled, after, await remainsOf(fleet));
    expect(wrong).toEqual([expect.stringMatching(/^listeners went from /)]);
  }, 180_000);

  test('the time of day may jump by an hour: 60 a minute are 60, a second is a second', async () => {
    expect(verdict.clock(await steppedClock(fleet, 'jumps')).wrong).toEqual([]);
  });

  test('instances that each count for themselves admit more than the limit, and the judge sees it', async () => {
    const token = await fleet.issuer.mint({ tenant: 'acme', agent: 'greedy' });
    const calls = await broken('limits of its own', async () => {
      const began = performance.now();
      const now = () => performance.now() - began;
      return Promise.all(
        Array.from({ length: 4 }, async () => {
          const made = [];
          for (let n = 0; n < 30; n++) {
            const sentAt = now();
            const { code } = await callOnce(fleet.nginx.origin, { token, tool: 'list_tables' }, false);
            made.push({ sentAt, receivedAt: now(), tenant: 'acme', agent: 'greedy', tool: 'list_tables', code });
          }
          return made;
        }),
      );
    });
    const allowed = { perMinute: 60, concurrent: 5, backends: 39 };
    expect(judgeLimits(calls.flat(), [], new Set(['greedy']), allowed)).not.toEqual([]);
  });

  test('restarted one by one under load, what fails is told SHUTTING_DOWN, and every effect happens once', async () => {
    const { effects, failures, undecided, lost, wrong, badExits } = await rollingRestarts(fleet, {
      restarts: 3,
      way: 'signal',
      seed: 1,
    });
    expect(effects).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
    expect(badExits).toBe(0);
    // A call whose handshake is half done when a port closes may be lost.
    expect(lost.length, lost.join('\n')).toBeLessThanOrEqual(2);
    // On a busy machine Redis may not decide in its time.
    const { SHUTTING_DOWN: _, DEPENDENCY_UNAVAILABLE: refused = 0, lost: lostByNginx = 0, ...others } = failures;
    expect(refused).toBeLessThanOrEqual(undecided);
    expect(lostByNginx).toBeLessThanOrEqual(1);
    expect(others).toEqual({});
  }, 90_000);
});
