import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentPlan, scenarioOf, weather } from '../../test-rig/storms.js';
import type { Behaviour } from './behaviour.js';
import type { Manners } from './manners.js';
import type { CallOutcome } from './outcome.js';
import type { Rhythm } from './rhythm.js';
import type { Seen } from './seen.js';

const rhythm: fc.Arbitrary<Rhythm> = fc.oneof(
  fc.record({ kind: fc.constant('steady' as const), perSecond: fc.integer({ min: 1, max: 20 }) }),
  fc.record({
    kind: fc.constant('bursts' as const),
    size: fc.integer({ min: 1, max: 8 }),
    pauseMs: fc.integer({ min: 50, max: 2_000 }),
  }),
  fc.record({ kind: fc.constant('loop' as const), thinkMs: fc.integer({ min: 10, max: 500 }) }),
);
const outcome: fc.Arbitrary<CallOutcome> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<CallOutcome>({ kind: 'ok' }) },
  fc.record({
    kind: fc.constantFrom('denied' as const, 'failed' as const),
    code: fc.constant('RATE_LIMITED'),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 4_000 }), { nil: undefined }),
  }),
  fc.constant<CallOutcome>({ kind: 'broken', code: 'closed' }),
);
const answers = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 1_500 }), outcome }), {
  minLength: 1,
  maxLength: 30,
});

/** The calls of one agent that it sent while it had been told to wait. What it sent in the moment it was told may have been before. */
function tooEarly(seen: readonly Seen[]): Seen[] {
  return seen.filter((one) =>
    seen.some(
      ({ outcome: said, endedMs }) =>
        'retryAfterMs' in said &&
        said.retryAfterMs !== undefined &&
        endedMs < one.sentMs &&
        one.sentMs < endedMs + said.retryAfterMs,
    ),
  );
}

async function stormOf(behaviour: Behaviour, all: readonly { afterMs: number; outcome: CallOutcome }[], seed = 1) {
  return weather(
    scenarioOf([agentPlan(behaviour)], { seed }),
    (_, number) => all[number % all.length] ?? { afterMs: 0, outcome: { kind: 'ok' } },
  );
}

describe('an agent that follows', () => {
  it('never calls before the time it was told to wait is over, whatever its rhythm and whatever is answered', async () => {
    await fc.assert(
      fc.asyncProperty(rhythm, answers, fc.integer(), async (when, all, seed) => {
        const { seen } = await stormOf({ rhythm: when, manners: { kind: 'follows' } }, all, seed);
        expect(tooEarly(seen)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it.each<Manners>([{ kind: 'ignores' }, { kind: 'retries', times: 2, afterMs: 100 }])(
    'is told from one with other manners: %j',
    async (manners) => {
      const denied: CallOutcome = { kind: 'denied', code: 'RATE_LIMITED', retryAfterMs: 3_000 };
      const { seen } = await stormOf({ rhythm: { kind: 'steady', perSecond: 5 }, manners }, [
        { afterMs: 10, outcome: denied },
      ]);
      expect(tooEarly(seen).length).toBeGreaterThan(10);
    },
  );

  it('waits longer each time where nobody says how long, at most thirty seconds', async () => {
    const { seen } = await weather(
      scenarioOf([agentPlan({ rhythm: { kind: 'loop', thinkMs: 1 }, manners: { kind: 'follows' } })], {
        durationMs: 200_000,
      }),
      () => ({ afterMs: 0, outcome: { kind: 'broken', code: 'closed' } }),
    );
    const waits = seen.slice(1).map(({ sentMs }, index) => sentMs - (seen[index]?.endedMs ?? 0));
    const expected = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000];
    expect(waits.length).toBeGreaterThan(6);
    for (const [index, waitMs] of waits.entries()) {
      expect(waitMs).toBeGreaterThanOrEqual(expected[index] ?? 30_000);
      expect(waitMs).toBeLessThanOrEqual((expected[index] ?? 30_000) + 1_001);
    }
  });

  it('holds back what falls into the wait, and says so', async () => {
    const denied: CallOutcome = { kind: 'denied', code: 'RATE_LIMITED', retryAfterMs: 60_000 };
    const { report } = await stormOf({ rhythm: { kind: 'steady', perSecond: 10 }, manners: { kind: 'follows' } }, [
      { afterMs: 0, outcome: denied },
    ]);
    expect(report.totals.sent).toBe(1);
    expect(report.totals.heldBack).toBeGreaterThan(50);
  });
});

it('an agent that retries repeats a refused call as often as it says, under one number and one key, and then goes on', async () => {
  await fc.assert(
    fc.asyncProperty(rhythm, fc.integer({ min: 1, max: 4 }), async (when, times) => {
      const { seen } = await stormOf({ rhythm: when, manners: { kind: 'retries', times, afterMs: 50 } }, [
        { afterMs: 5, outcome: { kind: 'denied', code: 'RATE_LIMITED', retryAfterMs: 60_000 } },
      ]);
      const byNumber = grouped(seen);
      for (const [, repeats] of byNumber) {
        expect(repeats.map(({ repeat }) => repeat)).toEqual(repeats.map((_, index) => index));
        expect(new Set(repeats.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
        expect(repeats.length).toBeLessThanOrEqual(times + 1);
      }
      expect(byNumber.get(0)?.length).toBe(times + 1);
    }),
    { numRuns: 30 },
  );
});

function grouped(seen: readonly Seen[]): Map<number, Seen[]> {
  const groups = new Map<number, Seen[]>();
  for (const one of seen) groups.set(one.number, [...(groups.get(one.number) ?? []), one]);
  return groups;
}

it('a closed loop has one call open, and thinks before the next', async () => {
  await fc.assert(
    fc.asyncProperty(answers, async (all) => {
      const behaviour: Behaviour = { rhythm: { kind: 'loop', thinkMs: 100 }, manners: { kind: 'ignores' } };
      const { seen } = await stormOf(behaviour, all);
      for (const [index, one] of seen.entries()) {
        if (index > 0) expect(one.sentMs - (seen[index - 1]?.endedMs ?? 0)).toBeGreaterThanOrEqual(50);
      }
    }),
    { numRuns: 30 },
  );
});

it('an open loop means to call at the same times whatever is answered, and its latency begins then', async () => {
  const behaviour: Behaviour = { rhythm: { kind: 'steady', perSecond: 20 }, manners: { kind: 'ignores' } };
  const quick = await stormOf(behaviour, [{ afterMs: 1, outcome: { kind: 'ok' } }]);
  const slow = await stormOf(behaviour, [{ afterMs: 1_500, outcome: { kind: 'ok' } }]);
  const meant = (seen: readonly Seen[]) => seen.map(({ intendedMs }) => intendedMs);
  expect(meant(slow.seen)).toEqual(meant(quick.seen));
  expect(slow.report.classes[0]?.latency?.p50).toBeCloseTo(1_500, -1);
});

it('a planner calls one thing again and again', async () => {
  const behaviour: Behaviour = { rhythm: { kind: 'loop', thinkMs: 10 }, manners: { kind: 'ignores' }, fixated: true };
  const { arrived } = await stormOf(behaviour, [{ afterMs: 5, outcome: { kind: 'ok' } }]);
  expect(arrived.length).toBeGreaterThan(100);
  expect(new Set(arrived.map(({ operation }) => operation.tool)).size).toBe(1);
});

it('calls come as often as a rhythm says on average', async () => {
  const agents = Array.from({ length: 20 }, (_, index) =>
    agentPlan({ rhythm: { kind: 'steady', perSecond: 5 }, manners: { kind: 'ignores' } }, `agent-${index}`),
  );
  const { arrived } = await weather(scenarioOf(agents), () => ({ afterMs: 1, outcome: { kind: 'ok' } }));
  // 1,000 expected, with a standard deviation of 32.
  expect(Math.abs(arrived.length - 1_000)).toBeLessThan(160);
});
