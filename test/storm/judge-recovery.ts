import type { Fault, RecordedCall } from './history.js';

/** How the watched calls went around a fault. */
export interface Recovery {
  readonly kind: string;
  readonly faultMs: number;
  /** Calls that failed from its beginning on, by code. */
  readonly failures: Readonly<Record<string, number>>;
  /** From the moment it was given back until calls succeed and go on to; `undefined` when they never did before the next fault. */
  readonly recoveredAfterMs: number | undefined;
}

/** Two seconds of the watchers, who call four times a second. */
const inARow = 8;

/** For each fault, when the calls of one watcher, who calls all the time, were well again. */
export function judgeRecovery(
  watched: readonly RecordedCall[],
  faults: readonly Fault[],
  endMs: number,
): readonly Recovery[] {
  const bySent = [...watched].sort((one, other) => one.sentAt - other.sentAt);
  return faults.map(({ kind, beganAt, endedAt }, index) => {
    const nextAt = faults[index + 1]?.beganAt ?? endMs;
    const during = bySent.filter(({ sentAt }) => sentAt >= beganAt && sentAt < nextAt);
    const failures: Record<string, number> = {};
    for (const { code } of during) if (code !== 'ok') failures[code] = (failures[code] ?? 0) + 1;
    return { kind, faultMs: endedAt - beganAt, failures, recoveredAfterMs: recoveredAfter(during, endedAt) };
  });
}

function recoveredAfter(calls: readonly RecordedCall[], endedAt: number): number | undefined {
  const after = calls.filter(({ receivedAt }) => receivedAt >= endedAt);
  for (let first = 0; first + inARow <= after.length; first++) {
    if (after.slice(first, first + inARow).some(({ code }) => code !== 'ok')) continue;
    return first === 0 ? 0 : Math.max(0, (after[first] as RecordedCall).receivedAt - endedAt);
  }
  return undefined;
}
