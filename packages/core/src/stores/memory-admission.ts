import type { Admission, AdmissionRequest, AdmissionStore } from '../admission-store.js';
import { type Clock, systemClock } from '../clock.js';
import { RollingWindow } from './rolling-window.js';

/** Bounds of the memory store. */
export interface MemoryAdmissionOptions {
  readonly clock?: Clock;
  /** Windows and sets of leases kept at most, together. Default 100,000. */
  readonly maxKeys?: number;
}

/**
 * Limits of one process, in memory. What still counts is never dropped to make room, so nobody is forgiven early: when all
 * `maxKeys` counters are in use, callers who need a new one are refused until another has run empty.
 */
export function memoryAdmission({
  clock = systemClock,
  maxKeys = 100_000,
}: MemoryAdmissionOptions = {}): AdmissionStore {
  /** By window length, so that each map is ordered by the time its entries run empty. */
  const windows = new Map<number, Map<string, RollingWindow>>();
  const leases = new Map<string, Map<string, number>>();
  /** Admissions that a repeated request is answered from, oldest first. */
  const admitted = new Map<string, number>();
  let counters = 0;
  let nextLeaseSweep = Number.NEGATIVE_INFINITY;

  const decide = (request: AdmissionRequest): Admission => {
    const now = clock.now();
    forgetAdmissions(now);
    dropExpiredLeases(now);
    if (admitted.has(request.id)) return { admitted: true };
    let refused: { limit: string; retryAfterMs: number } | undefined;
    const refuse = (limit: string, retryAfterMs: number) => {
      if (refused === undefined || retryAfterMs > refused.retryAfterMs) refused = { limit, retryAfterMs };
    };
    let missing = 0;
    for (const { key, windowMs, cost, limit, reached } of request.windows) {
      dropEmpty(windowMs, now);
      const window = windows.get(windowMs)?.get(key);
      const waitMs = window?.waitMs(now, cost, limit) ?? (cost <= limit ? 0 : windowMs);
      if (waitMs > 0) refuse(reached, waitMs);
      if (window === undefined) missing++;
    }
    for (const { key, limit, reached } of request.leases) {
      if (live(key, now) >= limit) refuse(reached, leaseRetryMs);
      if (!leases.has(key)) missing++;
    }
    if (refused === undefined && missing > 0 && counters + leases.size + missing > maxKeys) {
      for (const windowMs of windows.keys()) dropEmpty(windowMs, now);
      if (counters + leases.size + missing > maxKeys) {
        refuse('the number of callers this server can keep apart is reached', fullRetryMs);
      }
    }
    if (refused !== undefined) return { admitted: false, ...refused };
    for (const { key, windowMs, cost } of request.windows) charge(key, windowMs, cost, now);
    for (const { key } of request.leases) take(key, request.id, now + request.leaseMs);
    admitted.set(request.id, now + rememberMs);
    return { admitted: true };
  };

  const charge = (key: string, windowMs: number, cost: number, now: number) => {
    const sameLength = windows.get(windowMs) ?? new Map<string, RollingWindow>();
    if (sameLength.size === 0) windows.set(windowMs, sameLength);
    let window = sameLength.get(key);
    if (window === undefined) {
      window = new RollingWindow(windowMs);
      counters++;
    } else {
      sameLength.delete(key);
    }
    window.charge(now, cost);
    sameLength.set(key, window);
  };

  const dropEmpty = (windowMs: number, now: number) => {
    const sameLength = windows.get(windowMs);
    if (sameLength === undefined) return;
    for (const [key, window] of sameLength) {
      if (window.emptyAt() > now) return;
      sameLength.delete(key);
      counters--;
    }
  };

  const live = (key: string, now: number): number => {
    const holders = leases.get(key);
    if (holders === undefined) return 0;
    for (const [id, expiresAt] of holders) {
      if (expiresAt > now) continue;
      holders.delete(id);
    }
    if (holders.size === 0) leases.delete(key);
    return holders.size;
  };

  const take = (key: string, id: string, expiresAt: number) => {
    const holders = leases.get(key);
    if (holders === undefined) leases.set(key, new Map([[id, expiresAt]]));
    else holders.set(id, expiresAt);
  };

  const forgetAdmissions = (now: number) => {
    for (const [id, until] of admitted) {
      // Past the bound the oldest goes early: a command sent again would then be charged twice, never admitted for nothing.
      if (until > now && admitted.size <= maxKeys) return;
      admitted.delete(id);
    }
  };

  /** A holder that vanished and is never asked for again would otherwise stay for ever. */
  const dropExpiredLeases = (now: number) => {
    if (now < nextLeaseSweep) return;
    nextLeaseSweep = now + leaseSweepMs;
    for (const key of leases.keys()) live(key, now);
  };

  return {
    admit: async (request) => decide(request),
    async renew({ id, leases: held, leaseMs }) {
      const now = clock.now();
      for (const { key } of held) {
        const expiresAt = leases.get(key)?.get(id);
        if (expiresAt !== undefined && expiresAt > now) take(key, id, now + leaseMs);
      }
    },
    async release({ id, leases: held }) {
      for (const { key } of held) {
        const holders = leases.get(key);
        if (holders?.delete(id) === true && holders.size === 0) leases.delete(key);
      }
    },
  };
}

/** Nobody knows when a running call ends; a second is short enough to be useful and long enough not to hammer. */
const leaseRetryMs = 1_000;
/** A minute window empties in at most 65 s; longer ones may still be full then. */
const fullRetryMs = 60_000;
const leaseSweepMs = 30_000;
/** A command is sent again within seconds or not at all. */
const rememberMs = 30_000;
