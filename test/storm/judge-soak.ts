import type { History } from './history.js';
import { judgeDeadlines } from './judge-deadlines.js';
import { judgeEffects } from './judge-effects.js';
import { type Growth, growthOf } from './judge-growth.js';
import { judgeLimits, judgeRunning } from './judge-limits.js';
import { judgeRecovery, type Recovery } from './judge-recovery.js';
import { judgeRows } from './judge-rows.js';
import type { Cast } from './storm-load.js';
import { type Summary, summaryOf } from './summary.js';

/** What a soak showed. */
export interface SoakFindings {
  readonly held: boolean;
  /** What did not hold, in sentences. */
  readonly violations: readonly string[];
  readonly summary: Summary;
  /** Of the two who watched, without what the faults cost: from recovery to the next fault. */
  readonly calmFailures: number;
  /** Calls on which Redis did not decide in its time. */
  readonly undecided: number;
  readonly effects: number;
  readonly refunds: number;
  readonly recoveries: readonly Recovery[];
  readonly heap: Growth;
  readonly rss: Growth;
}

const allowed = { perMinute: 60, concurrent: 5, backends: 3 * (10 + 3) };
const recoversWithinMs = 10_000;
/** A fault is felt a little before its caller has noted that it began. */
const feltMs = 1_000;
const heapMayGrowBytes = 8 * 1024 * 1024;

/** Judges a recorded soak; needs nothing but the recording. */
export function judgeSoak(history: History, cast: Cast): SoakFindings {
  const { calls, faults, undecided, samples, running, ways, effects, paid } = history;
  const endMs = calls.reduce((last, { receivedAt }) => Math.max(last, receivedAt), 0);
  const bounded = new Set([...cast.steady, ...cast.greedy, ...cast.hogs].map(({ agent }) => agent));
  const watchers = new Set(cast.watchers.map(({ agent }) => agent));
  const watched = calls.filter(({ agent }) => watchers.has(agent));
  const recoveries = judgeRecovery(watched, faults, endMs);
  const heap = growthOf(samples, 'heapBytes');
  const violations = [
    ...judgeEffects(calls, effects, paid),
    ...judgeRows(calls),
    ...judgeLimits(calls, undecided, bounded, allowed),
    ...judgeRunning(running, faults, undecided, allowed),
    ...judgeDeadlines(calls, ways),
    ...recoveries.flatMap(({ kind, recoveredAfterMs }) =>
      recoveredAfterMs !== undefined && recoveredAfterMs <= recoversWithinMs
        ? []
        : [
            `after "${kind}" calls were ${recoveredAfterMs === undefined ? 'not well again' : `well again after ${recoveredAfterMs} ms`}`,
          ],
    ),
    ...(heap.grownBytes > heapMayGrowBytes ? [`the heap grew by ${Math.round(heap.grownBytes / 1024)} KiB`] : []),
    ...calls
      .filter(({ code }) => code === 'INTERNAL')
      .map(({ tool, sentAt }) => `${tool} was INTERNAL at ${Math.round(sentAt)} ms`),
  ];
  const calm = watched.filter(
    ({ code, sentAt }) =>
      code !== 'ok' &&
      !faults.some(
        ({ beganAt, endedAt }, n) =>
          sentAt >= beganAt - feltMs && sentAt <= endedAt + (recoveries[n]?.recoveredAfterMs ?? 0),
      ),
  );
  return {
    held: violations.length === 0,
    violations,
    summary: summaryOf(calls),
    calmFailures: calm.length,
    undecided: undecided.length,
    effects: effects.length,
    refunds: paid.length,
    recoveries,
    heap,
    rss: growthOf(samples, 'rssBytes'),
  };
}
