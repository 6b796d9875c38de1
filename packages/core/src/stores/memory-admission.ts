import type { Admission, AdmissionRequest, AdmissionStore } from '../admission-store.js';
import { type Clock, systemClock } from '../clock.js';
import { RollingWindow } from './rolling-window.js';

/** Bounds of the memory store. */
export interface MemoryAdmissionOptions {
  readonly clock?: Clock;
  /** Windows kept at most, and as many sets of leases. Default 100,000. */
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
  const windows = new Map<string, RollingWindow>();
  /** By key, then by the id of the holder: when the lease ends. */
  const leases = new Map<string, Map<string, number>>();
  /** Ids that a repeated request is answered from, in two generations: forgetting the older one costs no walk. */
  let admitted = new Set<string>();
  let admittedBefore = new Set<string>();
  let admittedSince = Number.NEGATIVE_INFINITY;
  let sweptAt = Number.NEGATIVE_INFINITY;

  const decide = (request: AdmissionRequest): Admission => {
    const now = clock.now();
    ageAdmissions(now);
    sweep(now, sweepMs);
    if (admitted.has(request.id) || admittedBefore.has(request.id)) return granted(request, now);
    let refused: { limit: string; retryAfterMs: number } | undefined;
    const refuse = (limit: string, retryAfterMs: number) => {
      if (refused === undefined || retryAfterMs > refused.retryAfterMs) refused = { limit, retryAfterMs };
    };
    let newWindows = 0;
    let newLeases = 0;
    for (const { key, windowMs, cost, limit, reached } of request.windows) {
      const window = windows.get(key);
      const waitMs = window?.waitMs(now, cost, limit) ?? (cost <= limit ? 0 : windowMs);
      if (waitMs > 0) refuse(reached, waitMs);
      if (window === undefined) newWindows++;
    }
    for (const { key, limit, reached } of request.leases) {
      if (live(key, now) >= limit) refuse(reached, leaseRetryMs);
      if (!leases.has(key)) newLeases++;
    }
    if (refused === undefined && !hasRoom(newWindows, newLeases)) {
      sweep(now, fullSweepMs);
      if (!hasRoom(newWindows, newLeases))
        refuse('the number of callers this server can keep apart is reached', fullRetryMs);
    }
    if (refused !== undefined) return { admitted: false, ...refused, atMs: now, remaining: left(request, now) };
    for (const { key, windowMs, cost } of request.windows) charge(key, windowMs, cost, now);
    for (const { key } of request.leases) take(key, request.id, now + request.leaseMs);
    admitted.add(request.id);
    return granted(request, now);
  };

  const granted = (request: AdmissionRequest, now: number): Admission => ({
    admitted: true,
    atMs: now,
    remaining: left(request, now),
  });

  const left = ({ windows: asked }: AdmissionRequest, now: number): number[] =>
    asked.map(({ key, limit }) => windows.get(key)?.remaining(now, limit) ?? Math.max(0, Math.floor(limit)));

  // Apart: a caller whose windows are known must not be refused because it holds no lease just now.
  const hasRoom = (newWindows: number, newLeases: number): boolean =>
    (newWindows === 0 || windows.size + newWindows <= maxKeys) &&
    (newLeases === 0 || leases.size + newLeases <= maxKeys);

  const charge = (key: string, windowMs: number, cost: number, now: number) => {
    let window = windows.get(key);
    if (window === undefined) {
      window = new RollingWindow(windowMs);
      windows.set(key, window);
    }
    window.charge(now, cost);
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
    let holders = leases.get(key);
    if (holders === undefined) {
      holders = new Map();
      leases.set(key, holders);
    }
    holders.set(id, expiresAt);
  };

  const maxRemembered = Math.min(maxKeys / 2, maxRememberedIds);

  /** Past the bound ids are forgotten early: a command sent again would then be charged twice, never admitted for nothing. */
  const ageAdmissions = (now: number) => {
    if (now - admittedSince < rememberMs && admitted.size < maxRemembered) return;
    admittedSince = now;
    admittedBefore = admitted;
    admitted = new Set();
  };

  /** Drops what counts no more. Walks everything there is, so only now and then, and more often when there is no room. */
  const sweep = (now: number, everyMs: number) => {
    if (now - sweptAt < everyMs) return;
    sweptAt = now;
    for (const [key, window] of windows) if (window.emptyAt() <= now) windows.delete(key);
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
const sweepMs = 10_000;
const fullSweepMs = 1_000;
/** A command is sent again within seconds or not at all. */
const rememberMs = 30_000;
/** Ids live long enough to be moved about by the garbage collector, which then costs more than the rest of a decision. */
const maxRememberedIds = 4_096;
