import { type Clock, systemClock } from '../clock.js';
import type { Claim, ClaimRequest, HeldClaim, IdempotencyStore } from '../idempotency-store.js';
import { ToolError } from '../tool-error.js';

/** Bounds of the memory store. */
export interface MemoryIdempotencyOptions {
  readonly clock?: Clock;
  /** Keys kept at most, over all tenants. Default 100,000. */
  readonly maxKeys?: number;
  /**
   * Stored results at most, in UTF-16 code units over all tenants. Default 64 Mi. Checked when a key is claimed: the results
   * of calls under way come on top.
   */
  readonly maxResultLength?: number;
}

/** What one tenant's keys take up. */
interface Share {
  keys: number;
  resultLength: number;
}

interface Entry {
  readonly tenant: string;
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
 * where there is no room, new keys are refused with `DEPENDENCY_UNAVAILABLE` (a write fails closed). No tenant may take more
 * than what is left free (the dynamic thresholds of Choudhury and Hahne, 1998): one alone gets half, and it takes sixteen
 * greedy tenants, each with the half of what the one before left, before a tenant without keys finds no room by default.
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
  const shares = new Map<string, Share>();
  let resultLength = 0;
  let lastToken = 0;

  /** Counts what a tenant's keys take up; a tenant without any is forgotten. */
  const take = (tenant: string, keys: number, length: number) => {
    const share = shares.get(tenant) ?? { keys: 0, resultLength: 0 };
    share.keys += keys;
    share.resultLength += length;
    resultLength += length;
    if (share.keys === 0) shares.delete(tenant);
    else shares.set(tenant, share);
  };
  const hasRoom = (tenant: string): boolean => {
    const share = shares.get(tenant);
    return (share?.keys ?? 0) < maxKeys - entries.size && (share?.resultLength ?? 0) < maxResultLength - resultLength;
  };
  const forget = (key: string, entry: Entry) => {
    entries.delete(key);
    take(entry.tenant, -1, -entry.result.length);
  };

  const expire = (now: number) => {
    for (const [key, entry] of entries) {
      if (entry.until > now) continue;
      if (entry.state === 'held') {
        entry.state = 'unknown';
        entry.until = now + entry.retentionMs;
      } else {
        forget(key, entry);
      }
    }
  };
  let sweptAt = Number.NEGATIVE_INFINITY;
  const sweep = (now: number, everyMs: number) => {
    if (now - sweptAt < everyMs) return;
    sweptAt = now;
    expire(now);
  };

  const heldBy = ({ key, token }: HeldClaim): Entry | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && entry.token === token && entry.state !== 'settled' ? entry : undefined;
  };

  const claim = ({ key, tenant, fingerprint, leaseMs, retentionMs }: ClaimRequest): Claim => {
    const now = clock.now();
    sweep(now, sweepMs);
    const entry = entries.get(key);
    if (entry === undefined || (entry.state !== 'held' && entry.until <= now)) {
      if (entry !== undefined) forget(key, entry);
      else if (!hasRoom(tenant)) {
        sweep(now, fullSweepMs);
        if (!hasRoom(tenant)) throw full();
      }
      const token = ++lastToken;
      entries.set(key, { tenant, fingerprint, retentionMs, token, until: now + leaseMs, state: 'held', result: '' });
      take(tenant, 1, 0);
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
    claim: async (request) => claim(request),
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
      take(entry.tenant, 0, result.length);
      return true;
    },
    async release(held) {
      const entry = heldBy(held);
      if (entry !== undefined) forget(held.key, entry);
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
  return new ToolError('DEPENDENCY_UNAVAILABLE', 'There is no room to remember another idempotency key.', {
    retryAfterMs: fullRetryMs,
  });
}

const sweepMs = 10_000;
/** Sweeping walks every key, so even a full store must not do it for every call that knocks. */
const fullSweepMs = 1_000;
const inProgressRetryMs = 1_000;
const fullRetryMs = 60_000;
