import { describe, expect, test } from 'vitest';
import type { Remains } from './cancellations.js';
import type { HangFigures } from './hanging.js';
import type { NeighbourFigures } from './neighbours.js';
import type { OverloadLevel } from './overload.js';
import type { RestartFigures } from './restarts.js';
import type { StallFigures } from './stalled-pool.js';
import { verdict } from './verdicts.js';
import type { ClockFigures } from './wall-clock.js';

// A verdict has nothing to say about figures at their bounds, and names the one that is just over its own. What was not measured
// (NaN) is over every bound.

/** One figure: within its bound, beyond it, and what is said of it then. */
type Bound<Figures> = readonly [within: Partial<Figures>, beyond: Partial<Figures>, said: RegExp];

const { NaN: unmeasured } = Number;

describe('overload', () => {
  const of = (goodputPerSecond: number, success: number, p99Ms: number) => {
    return { offeredPerSecond: 100, goodputPerSecond, codes: {}, success, p50Ms: 1_000, p99Ms };
  };
  interface Figures {
    readonly goodput: number;
    readonly success: number;
    readonly p99Ms: number;
  }
  const levels = ({ goodput = 100, success = 1, p99Ms = 1_000 }: Partial<Figures>): OverloadLevel[] => [
    { factor: 0.1, ordinary: of(9, 1, 1_000), critical: of(1, 1, 1_000) },
    { factor: 1, ordinary: of(90, 1, 1_000), critical: of(10, 1, 1_000) },
    { factor: 10, ordinary: of(goodput - 10, 0.1, 1_000), critical: of(10, success, p99Ms) },
  ];

  test.each<Bound<Figures>>([
    [{ goodput: 90 }, { goodput: 89.9 }, /^goodput at 10× is 89.9 % of the best$/],
    [{ goodput: 90 }, { goodput: unmeasured }, /^goodput/],
    [{ success: 0.994 }, { success: 0.9939 }, /of critical calls succeeded/],
    [{ success: 0.994 }, { success: unmeasured }, /of critical calls succeeded/],
    [{ p99Ms: 2_000 }, { p99Ms: 2_001 }, /critical calls became 2.00 times as long/],
    [{ p99Ms: 2_000 }, { p99Ms: unmeasured }, /critical calls became NaN times as long/],
  ])('%j holds, %j does not', (within, beyond, said) => {
    expect(verdict.overload(levels(within)).wrong).toEqual([]);
    expect(verdict.overload(levels(beyond)).wrong).toEqual([expect.stringMatching(said)]);
  });

  test('critical calls count at every load, and one load alone proves nothing', () => {
    const [unloaded, , worst] = levels({}) as [OverloadLevel, OverloadLevel, OverloadLevel];
    const between = { factor: 4, ordinary: of(90, 1, 1_000), critical: of(10, 0.9, 3_000) };
    expect(verdict.overload([unloaded, between, worst]).wrong).toHaveLength(2);
    expect(() => verdict.overload([unloaded])).toThrow(RangeError);
  });
});

describe('neighbours', () => {
  const usual: NeighbourFigures = { calls: 600, success: 1, p50Ms: 1_000, p99Ms: 1_000, rogue: { ok: 100 } };

  test.each<Bound<NeighbourFigures>>([
    [{ p99Ms: 1_200 }, { p99Ms: 1_201 }, /of the others became 1.20 times as long/],
    [{ p99Ms: 1_200 }, { p99Ms: unmeasured }, /of the others became NaN times as long/],
    [{ success: 1 }, { success: 599 / 600 }, /^only 99.8 % of the calls of the others succeeded$/],
    [{ success: 1 }, { success: unmeasured }, /of the calls of the others succeeded/],
  ])('%j holds, %j does not', (within, beyond, said) => {
    expect(verdict.neighbours(usual, { ...usual, ...within }).wrong).toEqual([]);
    expect(verdict.neighbours(usual, { ...usual, ...beyond }).wrong).toEqual([expect.stringMatching(said)]);
  });
});

describe('hanging', () => {
  const others = { calls: 600, success: 1, p50Ms: 500, p99Ms: 500 };
  const good: HangFigures = {
    before: { ok: 100 },
    hanging: { DEPENDENCY_UNAVAILABLE: 100, OUTCOME_UNKNOWN: 30 },
    after: { ok: 100, DEPENDENCY_UNAVAILABLE: 30 },
    opened: 3,
    openedAfterMs: 10_000,
    refusals: 100,
    quick: 1,
    decidedP99Ms: 0.2,
    tookP50Ms: 4,
    tookP99Ms: 10,
    servedP50Ms: 20,
    servedP99Ms: 80,
    mostAtOnce: 5,
    mostProbes: 3,
    othersBefore: others,
    othersHanging: others,
    recoveredAfterMs: 3_000,
    refunds: 330,
    wrong: [],
  };

  test.each<Bound<HangFigures>>([
    [{ opened: 3 }, { opened: 2 }, /^the breakers of 2 of 3 instances opened$/],
    [{ quick: 0.99 }, { quick: 0.9899 }, /were refused within 5 ms/],
    [{ quick: 0.99 }, { quick: unmeasured }, /were refused within 5 ms/],
    [{ tookP99Ms: 80 }, { tookP99Ms: 81 }, /^refusing took 81 ms \(99th percentile\), serving took 80 ms$/],
    [{}, { servedP99Ms: unmeasured }, /^refusing took/],
    [{ mostAtOnce: 5 }, { mostAtOnce: 6 }, /^6 requests of one instance/],
    [{ mostProbes: 3 }, { mostProbes: 4 }, /^4 probes of one instance/],
    [{ mostProbes: 1 }, { mostProbes: 0 }, /^0 probes of one instance/],
    [{ othersHanging: { ...others, p99Ms: 600 } }, { othersHanging: { ...others, p99Ms: 601 } }, /1.20 times as long/],
    [{}, { othersHanging: { ...others, p99Ms: unmeasured } }, /NaN times as long/],
    [
      { othersHanging: { ...others, success: 0.994 } },
      { othersHanging: { ...others, success: 0.9939 } },
      /^only 99.4 % as many/,
    ],
    [
      { othersBefore: { ...others, success: 0.5 }, othersHanging: { ...others, success: 0.5 } },
      { othersBefore: { ...others, success: unmeasured } },
      /as many/,
    ],
    [{ after: { ok: 1 } }, { after: { DEPENDENCY_UNAVAILABLE: 30 } }, /^no refund was served/],
    [{ recoveredAfterMs: 10_000 }, { recoveredAfterMs: 10_001 }, /^refunds failed until 10001 ms/],
    [{}, { wrong: ['refund k was paid more than once'] }, /^refund k was paid more than once$/],
  ])('%j holds, %j does not', (within, beyond, said) => {
    expect(verdict.hanging({ ...good, ...within }).wrong).toEqual([]);
    expect(verdict.hanging({ ...good, ...beyond }).wrong).toEqual([expect.stringMatching(said)]);
  });
});

describe('stall', () => {
  const good: StallFigures = { calls: 777, stalled: { TOOL_TIMEOUT: 30 }, latestMs: 20, recoveredAfterMs: 300 };

  test.each<Bound<StallFigures>>([
    [{ calls: 1 }, { calls: 0 }, /^nobody called$/],
    [{ latestMs: 1_000 }, { latestMs: 1_001 }, /^an answer came 1001 ms after its time$/],
    [{ latestMs: 1_000 }, { latestMs: unmeasured }, /after its time$/],
    [{ recoveredAfterMs: 5_000 }, { recoveredAfterMs: 5_001 }, /^calls failed until 5001 ms/],
    [{ recoveredAfterMs: 5_000 }, { recoveredAfterMs: unmeasured }, /^calls failed until/],
  ])('%j holds, %j does not', (within, beyond, said) => {
    expect(verdict.stall({ ...good, ...within }).wrong).toEqual([]);
    expect(verdict.stall({ ...good, ...beyond }).wrong).toEqual([expect.stringMatching(said)]);
  });
});

describe('cancellations', () => {
  const before: Remains = {
    heapBytes: 30 * 2 ** 20,
    timers: 2,
    listeners: 40,
    sockets: 12,
    inFlight: 0,
    abandoned: 0,
    leases: 0,
    sharedLeases: 0,
    atWork: 0,
  };
  const many = { '2025': 1, '2026': 1 };
  const none = ['inFlight', 'abandoned', 'leases', 'sharedLeases', 'atWork'] as const;
  const same = ['timers', 'listeners', 'sockets'] as const;

  test.each<Bound<Remains>>([
    ...none.map((what): Bound<Remains> => [{ [what]: 0 }, { [what]: 1 }, new RegExp(`^${what} is 1$`)]),
    ...none.map((what): Bound<Remains> => [{ [what]: 0 }, { [what]: unmeasured }, new RegExp(`^${what} is NaN$`)]),
    ...same.map(
      (what): Bound<Remains> => [
        { [what]: before[what] },
        { [what]: before[what] + 1 },
        new RegExp(`^${what} went from ${before[what]} to ${before[what] + 1}$`),
      ],
    ),
    ...same.map((what): Bound<Remains> => [{ [what]: 0 }, { [what]: unmeasured }, new RegExp(`^${what} went from`)]),
    [{ heapBytes: 34 * 2 ** 20 }, { heapBytes: 34 * 2 ** 20 + 1 }, /^the heap grew by 4096 KiB$/],
    [{ heapBytes: 34 * 2 ** 20 }, { heapBytes: unmeasured }, /^the heap grew by NaN KiB$/],
  ])('%j holds, %j does not', (within, beyond, said) => {
    expect(verdict.cancellations(many, before, { ...before, ...within }).wrong).toEqual([]);
    expect(verdict.cancellations(many, before, { ...before, ...beyond }).wrong).toEqual([expect.stringMatching(said)]);
  });

  test.each([
    ['2025', 0],
    ['2026', 0],
    ['2026', unmeasured],
  ])('says that of %s as few as %d calls were cancelled, and otherwise how many', (era, calls) => {
    const { figures, wrong } = verdict.cancellations({ ...many, [era]: calls }, before, before);
    expect(wrong).toEqual([`${calls} calls of ${era} were cancelled`]);
    expect(figures).toMatchObject({ cancelled: { ...many, [era]: calls } });
  });
});

describe('restarts', () => {
  const good: RestartFigures = {
    restarts: 20,
    effects: 500,
    failures: {},
    undecided: 0,
    wrong: [],
    badExits: 0,
    lost: [],
  };
  const undecided = (refused: number) => ({ failures: { DEPENDENCY_UNAVAILABLE: refused }, undecided: 2 });

  test.each<Bound<RestartFigures>>([
    [{ failures: { SHUTTING_DOWN: 50 } }, { failures: { SHUTTING_DOWN: 50, lost: 1 } }, /otherwise: \{"lost":1\}$/],
    [undecided(2), undecided(3), /^by SIGTERM alone calls failed otherwise/],
    [{ badExits: 0 }, { badExits: 1 }, /^1 instances ended/],
    [{ wrong: [] }, { wrong: ['acme 1 happened 2 times'] }, /^acme 1 happened 2 times$/],
    [{ lost: [] }, { lost: ['lost: sent at 18 ms'] }, /^lost: sent at 18 ms$/],
  ])('by SIGTERM %j holds, %j does not', (within, beyond, said) => {
    expect(verdict.restarts({ ...good, ...within }, good).wrong).toEqual([]);
    expect(verdict.restarts({ ...good, ...beyond }, good).wrong).toEqual([expect.stringMatching(said)]);
  });

  test.each<Bound<RestartFigures>>([
    [{ failures: {} }, { failures: { SHUTTING_DOWN: 1 } }, /^announced, calls failed: \{"SHUTTING_DOWN":1\}$/],
    [undecided(2), undecided(3), /^announced, calls failed/],
    [{ badExits: 0 }, { badExits: 1 }, /^1 instances ended/],
    [{ wrong: [] }, { wrong: ['acme 1 happened 2 times'] }, /^acme 1 happened 2 times$/],
  ])('announced %j holds, %j does not', (within, beyond, said) => {
    expect(verdict.restarts(good, { ...good, ...within }).wrong).toEqual([]);
    expect(verdict.restarts(good, { ...good, ...beyond }).wrong).toEqual([expect.stringMatching(said)]);
  });
});

describe('clock', () => {
  const good: ClockFigures = { admitted: 60, codes: { ok: 60, RATE_LIMITED: 90 }, deadlineMs: [1_010, 1_010, 1_010] };
  const refused = (admitted: number) => ({ admitted, codes: { DEPENDENCY_UNAVAILABLE: 2 } });

  test.each<Bound<ClockFigures>>([
    [{ admitted: 60 }, { admitted: 61 }, /^61 of 60 a minute/],
    [{ admitted: 60 }, { admitted: 59 }, /^59 of 60 a minute/],
    [refused(58), refused(57), /^57 of 60 a minute/],
    [{}, { admitted: 0, codes: { DEPENDENCY_UNAVAILABLE: 150 } }, /^0 of 60 a minute/],
    [{ deadlineMs: [990, 2_000] }, { deadlineMs: [1_010, 2_001] }, /^a second took 1010, 2001 ms$/],
    [{ deadlineMs: [990, 2_000] }, { deadlineMs: [989, 1_010] }, /^a second took 989, 1010 ms$/],
    [{}, { deadlineMs: [1_010, unmeasured] }, /^a second took 1010, NaN ms$/],
    [{}, { deadlineMs: [] }, /^a second took/],
  ])('%j holds, %j does not', (within, beyond, said) => {
    expect(verdict.clock({ ...good, ...within }).wrong).toEqual([]);
    expect(verdict.clock({ ...good, ...beyond }).wrong).toEqual([expect.stringMatching(said)]);
  });
});
