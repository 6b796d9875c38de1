import { describe, expect, test } from 'vitest';
import type { Fault, History, RecordedCall, Running, Sample } from './history.js';
import { judgeDeadlines } from './judge-deadlines.js';
import { judgeEffects } from './judge-effects.js';
import { growthOf } from './judge-growth.js';
import { judgeLimits, judgeRunning } from './judge-limits.js';
import { judgeRecovery } from './judge-recovery.js';
import { judgeRows } from './judge-rows.js';
import { judgeSoak } from './judge-soak.js';
import { quantile } from './summary.js';

// Each judge finds what it is there for in a history that has it, and nothing in one that has not.

const call = (over: Partial<RecordedCall> = {}): RecordedCall => ({
  sentAt: 0,
  receivedAt: 10,
  tenant: 'acme',
  agent: 'a',
  tool: 'list_tables',
  code: 'ok',
  ...over,
});
const written = (row: number, over: Partial<RecordedCall> = {}) =>
  call({ tool: 'create_invoice', operation: 'acme 1', row, ...over });
const effect = (row: number, tenant = 'acme') => ({ operation: 'acme 1', tenant, row });
const allowed = { perMinute: 60, concurrent: 5, backends: 39 };
const redisStopped: Fault = { kind: 'redis stopped', beganAt: 10_000, endedAt: 20_000 };

describe('effects', () => {
  test.each([
    ['once, and answered twice with the same row', [written(7), written(7)], [effect(7)]],
    ['once, and never answered', [written(0, { code: 'lost' })], [effect(7)]],
    ['never, and never answered', [written(0, { code: 'lost' })], []],
  ])('that happened %s are right', (_, calls, effects) => {
    expect(judgeEffects(calls, effects, ['k'])).toEqual([]);
  });

  test.each([
    ['twice', [written(7)], [effect(7), effect(8)], 'happened 2 times'],
    ['never, and was answered', [written(7)], [], 'did not happen'],
    ['once, and was answered with another row', [written(7), written(8)], [effect(7)], 'was answered 8'],
    ['for another tenant', [written(7)], [effect(7, 'globex')], 'a row of globex'],
  ])('one that happened %s is found', (_, calls, effects, found) => {
    expect(judgeEffects(calls, effects, [])).toEqual([expect.stringContaining(found)]);
  });

  test('a refund that is paid twice, and one that is answered and was not paid, are found', () => {
    expect(judgeEffects([], [], ['k', 'k'])).toEqual(['refund k was paid more than once']);
    expect(judgeEffects([call({ tool: 'refund_order', operation: 'r' })], [], [])).toHaveLength(1);
  });
});

test("another tenant's row is found", () => {
  expect(judgeRows([call({ tenantsSeen: ['acme'] })])).toEqual([]);
  expect(judgeRows([call({ tenantsSeen: ['acme', 'globex'] })])).toEqual([expect.stringContaining('a row of globex')]);
});

describe('limits', () => {
  const every = (ms: number, count: number, over: Partial<RecordedCall> = {}) =>
    Array.from({ length: count }, (_, n) => call({ sentAt: n * ms, receivedAt: n * ms + 5, ...over }));
  const judge = (calls: readonly RecordedCall[], undecided: readonly number[] = []) =>
    judgeLimits(calls, undecided, new Set(['a']), allowed);

  test('sixty in each minute are right, also when they come at once, however many are refused', () => {
    expect(judge(every(1_000, 300))).toEqual([]);
    expect(judge([...every(1, 60), ...every(10, 500, { code: 'RATE_LIMITED' })])).toEqual([]);
  });

  test('one more in any rolling minute is found', () => {
    expect(judge(every(980, 61))).not.toEqual([]);
    const fixedWindows = [...every(1, 60, {}), ...every(1, 60)].map((each, n) =>
      n < 60
        ? { ...each, sentAt: each.sentAt + 59_000, receivedAt: each.receivedAt + 59_000 }
        : { ...each, sentAt: each.sentAt + 61_000, receivedAt: each.receivedAt + 61_000 },
    );
    expect(judge(fixedWindows)).not.toEqual([]);
  });

  test('where Redis did not decide, reads may be twice as many and writes may not', () => {
    expect(judge(every(500, 100), [30_000])).toEqual([]);
    expect(judge(every(400, 130), [30_000])).not.toEqual([]);
    expect(judge(every(500, 100, { tool: 'create_invoice' }), [30_000])).not.toEqual([]);
  });

  test('Redis decides again a second after the last call on which it did not', () => {
    expect(judge(every(980, 61), [-900])).toEqual([]);
    expect(judge(every(980, 61), [-1_100])).not.toEqual([]);
  });

  test('more at once than may be are found, unless Redis did not decide on them', () => {
    const six: Running = { at: 15_000, reports: { a: 6 }, active: 6 };
    expect(judgeRunning([six], [], [], allowed)).toHaveLength(1);
    expect(judgeRunning([six], [redisStopped], [14_000], allowed)).toEqual([]);
    expect(judgeRunning([{ ...six, reports: {}, active: 40 }], [], [], allowed)).toHaveLength(1);
  });
});

describe('recovery', () => {
  const watched = (badUntilMs: number) =>
    Array.from({ length: 200 }, (_, n) =>
      call({
        sentAt: n * 250,
        receivedAt: n * 250 + 10,
        code: n * 250 > 10_000 && n * 250 < badUntilMs ? 'DEPENDENCY_UNAVAILABLE' : 'ok',
      }),
    );

  test.each([
    [12_000, 0],
    [23_000, 3_010],
    [49_000, undefined],
  ])('calls that fail until %d ms are well again %j ms after the fault', (badUntilMs, expected) => {
    const [recovery] = judgeRecovery(watched(badUntilMs), [redisStopped], 50_000);
    expect(recovery?.recoveredAfterMs).toBe(expected);
  });
});

test('a heap that grows is told from one that goes up and down', () => {
  const samples = (heap: (n: number) => number): Sample[] =>
    Array.from({ length: 60 }, (_, n) => ({ at: n * 60_000, heapBytes: heap(n), rssBytes: 0 }));
  const leak = growthOf(
    samples((n) => 40e6 + n * 100_000),
    'heapBytes',
  );
  expect(leak.bytesPerHour).toBeCloseTo(6e6);
  expect(leak.grownBytes).toBeCloseTo(3.9e6);
  expect(
    Math.abs(
      growthOf(
        samples((n) => 40e6 + (n % 2) * 1e6),
        'heapBytes',
      ).grownBytes,
    ),
  ).toBeLessThan(1e5);
});

test('an answer after its time is found, unless the way took as long', () => {
  const late = call({ timeoutMs: 3_000, receivedAt: 9_000, code: 'TOOL_TIMEOUT' });
  expect(judgeDeadlines([late], [{ at: 100, tookMs: 20 }])).toHaveLength(1);
  expect(judgeDeadlines([late], [{ at: 100, tookMs: 6_000 }])).toEqual([]);
  expect(judgeDeadlines([{ ...late, receivedAt: 3_500 }], [])).toEqual([]);
});

describe('a soak', () => {
  const who = (agent: string) => ({ tenant: 'acme', agent, token: '' });
  const cast = { steady: [who('a')], greedy: [], hogs: [], watchers: [who('w')] };
  const fault: Fault = { kind: 'redis stopped', beganAt: 20_000, endedAt: 30_000 };
  /** The watcher calls four times a second for a minute, and fails from the fault until `wellAt`. */
  const watched = (wellAt: number) =>
    Array.from({ length: 240 }, (_, n) =>
      call({
        agent: 'w',
        sentAt: n * 250,
        receivedAt: n * 250 + 10,
        code: n * 250 > fault.beganAt && n * 250 < wellAt ? 'DEPENDENCY_UNAVAILABLE' : 'ok',
      }),
    );
  const samples = (grownBytes: number): Sample[] =>
    Array.from({ length: 30 }, (_, n) => ({ at: n * 60_000, heapBytes: 30e6 + (n / 19) * grownBytes, rssBytes: 0 }));
  const good: History = {
    calls: watched(30_000),
    faults: [fault],
    undecided: [],
    samples: samples(0),
    running: [],
    ways: [],
    effects: [],
    paid: [],
  };
  const mebibytes = 2 ** 20;

  test.each<readonly [within: Partial<History>, beyond: Partial<History>, said: RegExp]>([
    [
      { calls: watched(39_750) },
      { calls: watched(40_000) },
      /^after "redis stopped" calls were well again after 10010 ms$/,
    ],
    [{}, { calls: watched(60_000) }, /^after "redis stopped" calls were not well again$/],
    [{ samples: samples(7.9 * mebibytes) }, { samples: samples(8.1 * mebibytes) }, /^the heap grew by \d+ KiB$/],
    [{}, { calls: [...good.calls, call({ code: 'INTERNAL' })] }, /^list_tables was INTERNAL at 0 ms$/],
    [{}, { paid: ['k', 'k'] }, /^refund k was paid more than once$/],
    [{}, { calls: [...good.calls, call({ tenantsSeen: ['globex'] })] }, /a row of globex$/],
    [
      { running: [{ at: 5_000, reports: { a: 5 }, active: 39 }] },
      { running: [{ at: 5_000, reports: { a: 6 }, active: 39 }] },
      /^a: 6 reports at once/,
    ],
    [{}, { running: [{ at: 5_000, reports: {}, active: 40 }] }, /^40 connections at work/],
    [
      { calls: [...good.calls, call({ timeoutMs: 3_000, receivedAt: 4_000 })] },
      { calls: [...good.calls, call({ timeoutMs: 3_000, receivedAt: 4_001 })] },
      /after 4001 of 3000 ms/,
    ],
  ])('%# within its bound holds, beyond it does not', (within, beyond, said) => {
    expect(judgeSoak({ ...good, ...within }, cast).violations).toEqual([]);
    expect(judgeSoak({ ...good, ...beyond }, cast).violations).toEqual([expect.stringMatching(said)]);
  });

  test('a call that fails outside of faults is counted, and no violation', () => {
    const calls = [...good.calls, call({ agent: 'w', sentAt: 55_000, receivedAt: 55_010, code: 'lost' })];
    expect(judgeSoak({ ...good, calls }, cast)).toMatchObject({ held: true, calmFailures: 1 });
  });
});

test('a quantile is the smallest value that as large a share does not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([quantile(hundred, 0.99), quantile(hundred, 0.5), quantile([7], 0.99), quantile([], 0.99)]).toEqual([
    99, 50, 7, 0,
  ]);
});
