import type { Clock } from '@sallyport/core';

interface Wait {
  readonly since: number;
  readonly until: number;
  /** Calls denied since, that came after their caller had been told. */
  denied: number;
}

/** Denied calls inside one wait that are still answered as what they are. */
const patience = 3;
/**
 * How long a denial takes to reach the caller at the most. A client that sends many calls at once is denied most of them before
 * it has seen a single answer; it was not told to wait yet, and a wait that is no longer than this is never escalated.
 */
const toldAfterMs = 1_000;

/**
 * Who was told to wait, on this instance, and keeps calling. Bounded: past `maxWaits` the oldest is forgotten, and its caller
 * is answered by the store again.
 */
export class DeniedCallers {
  readonly #waits = new Map<string, Map<string, Wait>>();
  readonly #clock: Clock;
  readonly #maxCallers: number;

  constructor(clock: Clock, maxCallers = 10_000) {
    this.#clock = clock;
    this.#maxCallers = maxCallers;
  }

  /** Notes that a call, which arrived at `arrivedAt`, was denied. `tool` when the limit is one of that tool only. */
  note(caller: string, tool: string | undefined, arrivedAt: number, retryAfterMs: number): void {
    const now = this.#clock.now();
    const waits = this.#waits.get(caller) ?? new Map<string, Wait>();
    for (const [key, { until }] of waits) if (until <= now) waits.delete(key);
    const wait = waits.get(tool ?? '');
    if (wait === undefined) waits.set(tool ?? '', { since: now, until: now + retryAfterMs, denied: 0 });
    else if (arrivedAt > wait.since + toldAfterMs) wait.denied++;
    this.#waits.delete(caller);
    this.#waits.set(caller, waits);
    if (this.#waits.size > this.#maxCallers) {
      const [oldest] = this.#waits.keys();
      if (oldest !== undefined) this.#waits.delete(oldest);
    }
  }

  /** Nobody has to wait. */
  get isEmpty(): boolean {
    return this.#waits.size === 0;
  }

  /** Whether the caller is worth a look: cheap, for every request. */
  knows(caller: string): boolean {
    return this.#waits.has(caller);
  }

  /** How long the caller must still wait before it is let in again, in milliseconds; 0 when it may come in. */
  waitMs(caller: string, tool: string | undefined): number {
    const waits = this.#waits.get(caller);
    if (waits === undefined) return 0;
    const now = this.#clock.now();
    let longest = 0;
    for (const [key, { until, denied }] of waits) {
      if (until <= now) waits.delete(key);
      else if (denied > patience && (key === '' || key === tool)) longest = Math.max(longest, until - now);
    }
    if (waits.size === 0) this.#waits.delete(caller);
    return longest;
  }
}
