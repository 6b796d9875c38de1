import type { Admission, AdmissionRequest, AdmissionStore, WindowLimit } from '../admission-store.js';
import { type Clock, systemClock, systemUtc } from '../clock.js';
import type { RefusedAdmission } from '../refused-by.js';
import { ToolError } from '../tool-error.js';
import { AdmittedIds } from './admitted-ids.js';
import { Counters } from './counters.js';
import { Leases } from './leases.js';

/** Bounds of the memory store. */
export interface MemoryAdmissionOptions {
  readonly clock?: Clock;
  /** Milliseconds since 1970 in UTC, for budgets. Default: the wall clock. */
  readonly utcNow?: () => number;
  /** Windows kept at most, and as many sets of leases. Default 100,000. */
  readonly maxKeys?: number;
}

/**
 * Limits of one process, in memory. What still counts is never dropped to make room, so nobody is forgiven early: when all
 * `maxKeys` counters are in use, callers who need a new one are refused with `DEPENDENCY_UNAVAILABLE` until another has run
 * empty.
 *
 * @example
 * ```ts
 * import { hardened, memoryAdmission } from '@sallyport/core';
 *
 * hardened({ admission: memoryAdmission({ maxKeys: 10_000 }) });
 * ```
 */
export function memoryAdmission({
  clock = systemClock,
  utcNow = systemUtc,
  maxKeys = 100_000,
}: MemoryAdmissionOptions = {}): AdmissionStore {
  const counters = new Counters(utcNow);
  const leases = new Map<string, Leases>();
  /** What a request that is sent again is answered from. One that was forgotten is charged again, never admitted for nothing. */
  const admitted = new AdmittedIds();
  let sweptAt = Number.NEGATIVE_INFINITY;
  /** Whether there may be sets of leases with none in them, which make room. */
  let holdsIdle = false;

  const decide = (request: AdmissionRequest): Admission => {
    const now = clock.now();
    sweep(now, sweepMs);
    if (admitted.has(request.id, now)) {
      return { admitted: true, atMs: now, remaining: left(request, now) };
    }
    const refused = refusal(request, now);
    if (refused !== undefined) return { ...refused, atMs: now, remaining: left(request, now) };
    // Made at its length: one that is pushed to takes room for 16 more.
    const remaining = new Array<number>(request.windows.length);
    for (let index = 0; index < remaining.length; index++) {
      remaining[index] = counters.charge(request.windows[index] as WindowLimit, now);
    }
    for (const { key } of request.leases) {
      let held = leases.get(key);
      if (held === undefined) {
        held = new Leases();
        leases.set(key, held);
      }
      held.take(request.id, now + request.leaseMs);
    }
    admitted.add(request.id, now);
    return { admitted: true, atMs: now, remaining };
  };

  /** Of several limits that refuse, the one that takes longest. */
  const refusal = (request: AdmissionRequest, now: number): Refusal | undefined => {
    let refused: Refusal | undefined;
    let missingWindows = 0;
    let missingLeases = 0;
    for (const window of request.windows) {
      let waitMs = counters.waitMs(window, now);
      if (waitMs === undefined) {
        missingWindows++;
        waitMs = window.cost <= window.limit ? 0 : window.windowMs;
      }
      if (waitMs > 0) refused = longer(refused, window.reached, waitMs, window.calendar);
    }
    for (const { key, limit, reached } of request.leases) {
      const held = leases.get(key);
      if (held === undefined) missingLeases++;
      else if (held.size >= limit && held.live(now) >= limit) refused = longer(refused, reached, leaseRetryMs);
    }
    if (refused !== undefined || hasRoom(missingWindows, missingLeases)) return refused;
    sweep(now, holdsIdle ? 0 : fullSweepMs);
    if (!hasRoom(missingWindows, missingLeases)) throw full();
    return undefined;
  };

  const left = ({ windows }: AdmissionRequest, now: number): number[] =>
    windows.map((window) => counters.remaining(window, now));

  // Apart: a caller whose windows are known must not be refused because it holds no lease just now.
  const hasRoom = (missingWindows: number, missingLeases: number): boolean =>
    (missingWindows === 0 || counters.size + missingWindows <= maxKeys) &&
    (missingLeases === 0 || leases.size + missingLeases <= maxKeys);

  const maxIdle = Math.min(maxKeys / 2, maxIdleLeases);

  /** Drops what counts no more. Walks everything there is, so only now and then, and more often when there is no room. */
  const sweep = (now: number, everyMs: number) => {
    if (now - sweptAt < everyMs) return;
    sweptAt = now;
    holdsIdle = false;
    counters.sweep(now);
    for (const [key, held] of leases) if (held.live(now) === 0) leases.delete(key);
  };

  return {
    admit: decide,
    async renew({ id, leases: held, leaseMs }) {
      const now = clock.now();
      for (const { key } of held) leases.get(key)?.renew(id, now, now + leaseMs);
    },
    release({ id, leases: held }) {
      for (const { key } of held) {
        const ours = leases.get(key);
        ours?.release(id);
        if (ours?.size !== 0) continue;
        // Kept for the caller's next call while they are few: a `Map` that is deleted from and added to all day is rebuilt all day.
        if (leases.size > maxIdle) leases.delete(key);
        else holdsIdle = true;
      }
      return undefined;
    },
  };
}

/** Not `RATE_LIMITED`: the caller has reached no limit of its own. */
function full(): ToolError {
  return new ToolError('DEPENDENCY_UNAVAILABLE', 'This server cannot keep another caller apart right now.', {
    retryAfterMs: fullRetryMs,
  });
}

type Refusal = Omit<RefusedAdmission, 'atMs' | 'remaining'>;

function longer(
  before: Refusal | undefined,
  limit: string,
  retryAfterMs: number,
  calendar?: WindowLimit['calendar'],
): Refusal {
  if (before !== undefined && before.retryAfterMs >= retryAfterMs) return before;
  return { admitted: false, limit, retryAfterMs, ...(calendar === undefined ? {} : { isBudget: true }) };
}

/** Nobody knows when a running call ends; a second is short enough to be useful and long enough not to hammer. */
const leaseRetryMs = 1_000;
/** A minute window empties in at most 65 s; longer ones may still be full then. */
const fullRetryMs = 60_000;
/** Sets of leases that may be there with none in them until the next sweep. */
const maxIdleLeases = 1_000;
const sweepMs = 10_000;
const fullSweepMs = 1_000;
