import { type Clock, systemClock } from '../clock.js';
import type { Claim, HeldClaim, IdempotencyStore } from '../idempotency-store.js';
import { ToolError } from '../tool-error.js';

/** Bounds of the memory store. */
export interface MemoryIdempotencyOptions {
  readonly clock?: Clock;
  /** Keys kept at most. Default 100,000. */
  readonly maxKeys?: number;
  /** Stored results at most, in UTF-16 code units over all keys. Default 64 Mi. */
  readonly maxResultLength?: number;
}

interface Entry {
  readonly fingerprint: string;
  readonly retentionMs: number;
  token: number;
  /** A held claim turns unknown at this time; a settled or unknown one is forgotten. */
  until: number;
  state: 'held' | 'unknown' | 'settled';
  result: string;
}

/**
 * Idempotent results of one process, in memory: `natural` and `phased`. A key is never forgotten before its retention ends:
 * when the store is full, new keys are refused with `DEPENDENCY_UNAVAILABLE` (a write fails closed).
 *
 * @example
 * ```ts
 * import { hardened, memoryIdempotency } from '@sallyport/core';
 *
 * hardened({ idempotency: memoryIdempotency({ maxKeys: 10_000 }) });
 * ```
 */
export function memoryIdempotency({
  clock = systemClock,
  maxKeys = 100_000,
  maxResultLength = 64 * 1024 * 1024,
}: MemoryIdempotencyOptions = {}): IdempotencyStore {
  const entries = new Map<string, Entry>();
  let resultLength = 0;
  let lastToken = 0;

  const expire = (now: number) => {
    for (const [key, entry] of entries) {
      if (entry.until > now) continue;
      if (entry.state === 'held') {
        entry.state = 'unknown';
        entry.until = now + entry.retentionMs;
      } else {
        entries.delete(key);
        resultLength -= entry.result.length;
      }
    }
  };
  let sweptAt = Number.NEGATIVE_INFINITY;
  const sweep = (now: number) => {
    if (now - sweptAt < (entries.size < maxKeys ? sweepMs : fullSweepMs)) return;
    sweptAt = now;
    expire(now);
  };

  const heldBy = ({ key, token }: HeldClaim): Entry | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && entry.token === token && entry.state !== 'settled' ? entry : undefined;
  };

  const claim = (key: string, fingerprint: string, leaseMs: number, retentionMs: number): Claim => {
    const now = clock.now();
    sweep(now);
    const entry = entries.get(key);
    if (entry === undefined || (entry.state !== 'held' && entry.until <= now)) {
      if (entry !== undefined) resultLength -= entry.result.length;
      else if (entries.size >= maxKeys || resultLength >= maxResultLength) throw full();
      const token = ++lastToken;
      entries.set(key, { fingerprint, retentionMs, token, until: now + leaseMs, state: 'held', result: '' });
      return { state: 'claimed', token };
    }
    if (entry.fingerprint !== fingerprint) return { state: 'conflict' };
    if (entry.state === 'settled') return { state: 'settled', result: entry.result };
    if (entry.state === 'held' && entry.until > now) return { state: 'in-progress', retryAfterMs: inProgressRetryMs };
    entry.state = 'held';
    entry.token = ++lastToken;
    entry.until = now + leaseMs;
    return { state: 'unknown', token: entry.token };
  };

  return {
    effects: ['natural', 'phased'],
    claim: async ({ key, fingerprint, leaseMs, retentionMs }) => claim(key, fingerprint, leaseMs, retentionMs),
    async renew(held, leaseMs) {
      const entry = heldBy(held);
      if (entry === undefined) return false;
      entry.state = 'held';
      entry.until = clock.now() + leaseMs;
      return true;
    },
    async settle(held, result) {
      const entry = heldBy(held);
      if (entry === undefined) return false;
      entry.state = 'settled';
      entry.result = result;
      entry.until = clock.now() + entry.retentionMs;
      resultLength += result.length;
      return true;
    },
    async release(held) {
      if (heldBy(held) !== undefined) entries.delete(held.key);
    },
    async abandon(held) {
      const entry = heldBy(held);
      if (entry === undefined) return;
      entry.state = 'unknown';
      entry.until = clock.now() + entry.retentionMs;
    },
  };
}

function full(): ToolError {
  return new ToolError('DEPENDENCY_UNAVAILABLE', 'No room to remember another idempotency key.', {
    retryAfterMs: fullRetryMs,
  });
}

const sweepMs = 10_000;
/** Sweeping walks every key, so even a full store must not do it for every call that knocks. */
const fullSweepMs = 1_000;
const inProgressRetryMs = 1_000;
const fullRetryMs = 60_000;
