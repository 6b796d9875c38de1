import type { Fault, RecordedCall, Running } from './history.js';

/** What may be in any rolling minute, and run at once. */
export interface Allowed {
  readonly perMinute: number;
  readonly concurrent: number;
  /** Connections of all instances. */
  readonly backends: number;
}

const minuteMs = 60_000;
/** After a call on which Redis did not decide, an instance may decide this long without asking it. */
const notAskedMs = 1_000;
/** Refused before it was charged, or nobody knows; everything else was admitted. */
const notAdmitted: ReadonlySet<string> = new Set([
  'RATE_LIMITED',
  'OVERLOADED',
  'SHUTTING_DOWN',
  'DEPENDENCY_UNAVAILABLE',
  'UNAUTHENTICATED',
  'lost',
  'reset',
]);

/** What callers were admitted beyond their limits, as far as an observer outside can be sure of it. */
export function judgeLimits(
  calls: readonly RecordedCall[],
  undecided: readonly number[],
  agents: ReadonlySet<string>,
  { perMinute }: Allowed,
): readonly string[] {
  const wrong: string[] = [];
  for (const agent of agents) {
    const admitted = calls.filter(
      (call) => call.agent === agent && !notAdmitted.has(call.code) && !call.code.startsWith('HTTP'),
    );
    const mostOf = (some: readonly RecordedCall[], allowed: (fromMs: number) => number, what: string) => {
      for (const { most, fromMs } of crowdedMinutes(some)) {
        if (most > allowed(fromMs)) wrong.push(`${agent}: ${most} ${what} in the minute from ${Math.round(fromMs)} ms`);
      }
    };
    // While Redis does not decide reads go on within local limits, which start empty.
    const isLocal = (fromMs: number) => undecided.some((at) => at + notAskedMs >= fromMs && at < fromMs + minuteMs);
    mostOf(admitted, (fromMs) => (isLocal(fromMs) ? 2 * perMinute : perMinute), 'calls');
    // Writes are refused then.
    const writes = admitted.filter(({ tool }) => tool === 'create_invoice' || tool === 'refund_order');
    mostOf(writes, () => perMinute, 'writes');
  }
  return wrong;
}

/** For each minute that begins with a call, how many calls lie in it wholly: sent and answered. */
function crowdedMinutes(calls: readonly RecordedCall[]): readonly { most: number; fromMs: number }[] {
  const bySent = [...calls].sort((one, other) => one.sentAt - other.sentAt);
  return bySent.map(({ sentAt: fromMs }, first) => {
    let most = 0;
    for (let at = first; at < bySent.length; at++) {
      const call = bySent[at] as RecordedCall;
      if (call.sentAt >= fromMs + minuteMs) break;
      if (call.receivedAt < fromMs + minuteMs) most++;
    }
    return { most, fromMs };
  });
}

/** Longer than any call of the storm takes. A killed instance's statements may run on for as long. */
const survivesMs = 10_000;

/** Moments at which more ran than may. */
export function judgeRunning(
  running: readonly Running[],
  faults: readonly Fault[],
  undecided: readonly number[],
  { concurrent, backends }: Allowed,
): readonly string[] {
  const near = (at: number, ...kinds: readonly string[]) =>
    faults.some(
      ({ kind, beganAt, endedAt }) =>
        kinds.some((some) => kind.includes(some)) && at >= beganAt && at < endedAt + survivesMs,
    );
  return running.flatMap(({ at, reports, active }) => {
    const wrong: string[] = [];
    // What was let in without Redis is not counted there.
    const isLocal = undecided.some((moment) => moment <= at && moment > at - survivesMs);
    const allowed = isLocal ? 2 * concurrent : concurrent;
    for (const [agent, count] of Object.entries(reports)) {
      if (count > allowed) wrong.push(`${agent}: ${count} reports at once at ${Math.round(at)} ms`);
    }
    if (active > backends && !near(at, 'instance', 'postgres')) {
      wrong.push(`${active} connections at work at ${Math.round(at)} ms`);
    }
    return wrong;
  });
}
