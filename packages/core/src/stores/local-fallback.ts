import type { Admission, AdmissionRequest, AdmissionStore } from '../admission-store.js';
import { type Clock, systemClock } from '../clock.js';
import { memoryAdmission } from './memory-admission.js';

/** Which rule is in force. */
export interface AdmissionMode {
  /** `shared`: the store decides. `fallback`: it is not asked; reads are limited in this process, everything else is refused. */
  readonly mode: 'shared' | 'fallback';
  /** What the store failed with last; for the log only. */
  readonly cause?: unknown;
}

/** How a store that fails is treated. */
export interface LocalFallbackOptions {
  /** Failures one after the other, none of calls that were open together, after which the store is no longer asked. Default 5. */
  readonly failures?: number;
  /** How long it is not asked, in milliseconds; then one call in each such time tries it. Default 1,000. */
  readonly pauseMs?: number;
  /** Told of every change of the rule, once. Default: one JSON line on standard error. Must not throw. */
  readonly onMode?: (change: AdmissionMode) => void;
  readonly clock?: Clock;
}

/**
 * A shared store with a rule for the time it cannot be reached. Calls whose tool allows it (reads, by default) are then limited in
 * this process, at the limits divided by the instances that are expected to run; every other call rejects, as it would without
 * this. After five failures in a row the store is left alone for a second at a time, so that nobody waits for it; when it
 * answers again it decides again.
 *
 * Local counters start empty, and what was admitted locally the shared store does not learn.
 *
 * @example
 * ```ts
 * import { type AdmissionStore, hardened, localFallback } from '@sallyport/core';
 *
 * declare const shared: AdmissionStore;
 * const stack = hardened({ admission: localFallback(shared, 3) });
 * ```
 */
export function localFallback(
  shared: AdmissionStore,
  expectedInstances: number,
  { failures = 5, pauseMs = 1_000, onMode = modeToConsole, clock = systemClock }: LocalFallbackOptions = {},
): AdmissionStore {
  if (!(expectedInstances >= 1)) throw new RangeError('expectedInstances must be at least 1');
  const local = memoryAdmission({ clock });
  /** Who holds a lease here and not in the shared store. */
  const heldHere = new WeakSet<AdmissionRequest>();
  let failed = 0;
  let failedAt = Number.NEGATIVE_INFINITY;
  let askAgainAt = Number.NEGATIVE_INFINITY;
  let lastCause: unknown;
  let unanswered = 0;

  const isOpen = () => failed >= failures;
  const ask = async (request: AdmissionRequest): Promise<Admission> => {
    const wasOpen = isOpen();
    if (wasOpen) {
      if (clock.now() < askAgainAt)
        throw new Error('The store of limits failed, and is left alone.', { cause: lastCause });
      askAgainAt = clock.now() + pauseMs;
    }
    const askedAt = clock.now();
    let decided: Admission;
    try {
      decided = await shared.admit(request);
    } catch (cause) {
      lastCause = cause;
      unanswered++;
      // Calls that were open together fail together, when this process stood still for a moment: that is one failure.
      if (askedAt < failedAt) throw cause;
      failedAt = clock.now();
      failed++;
      if (failed === failures) {
        askAgainAt = clock.now() + pauseMs;
        onMode({ mode: 'fallback', cause });
      }
      throw cause;
    }
    if (isOpen()) onMode({ mode: 'shared' });
    failed = 0;
    return decided;
  };

  return {
    async admit(request) {
      try {
        return await ask(request);
      } catch (error) {
        const divided = request.whenUnreachable === 'local' ? share(request, expectedInstances) : undefined;
        if (divided === undefined) throw error;
        const decided = await local.admit(divided);
        if (decided.admitted && request.leases.length > 0) heldHere.add(request);
        return { ...decided, windows: divided.windows };
      }
    },
    renew: (request) => (heldHere.has(request) ? local : shared).renew(request),
    release: (request) => (heldHere.has(request) ? local : shared).release(request),
    measures: () => [
      {
        name: 'fallback',
        help: '1 while the shared store of limits is left alone and each tool follows its rule for that, otherwise 0.',
        kind: 'gauge',
        value: isOpen() ? 1 : 0,
        labels: {},
      },
      {
        name: 'store_failures_total',
        help: 'Decisions that the shared store of limits did not make.',
        kind: 'counter',
        value: unanswered,
        labels: {},
      },
      ...(shared.measures?.() ?? []),
    ],
  };
}

/** The request at this instance's share of every limit, at least one unit; `undefined` when it could then never pass. */
function share(request: AdmissionRequest, instances: number): AdmissionRequest | undefined {
  const windows = request.windows.map((window) => ({
    ...window,
    reached: shareOf(window.reached),
    limit: Math.max(1, window.limit / instances),
  }));
  if (windows.some(({ cost, limit }) => cost > limit)) return undefined;
  const leases = request.leases.map((lease) => ({
    ...lease,
    reached: shareOf(lease.reached),
    limit: Math.max(1, Math.floor(lease.limit / instances)),
  }));
  return { ...request, windows, leases };
}

function shareOf(reached: string): string {
  return `${reached} (its share of this instance)`;
}

function modeToConsole({ mode, cause }: AdmissionMode): void {
  console.error(
    JSON.stringify({
      level: mode === 'shared' ? 'info' : 'error',
      event: 'admission-mode',
      mode,
      ...(cause === undefined ? {} : { cause: String(cause) }),
    }),
  );
}
