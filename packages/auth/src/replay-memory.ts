/** A full memory is not searched for what has ended more often than that: whoever filled it would make every call pay. */
const sweepEveryMs = 1_000;

/** Which one-time values were used. Unlike a cache it forgets nothing before its time: when it is full, it says so. */
export class ReplayMemory {
  readonly #used = new Map<string, number>();
  readonly #capacity: number;
  readonly #now: () => number;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(capacity: number, now: () => number) {
    this.#capacity = capacity;
    this.#now = now;
  }

  /** Marks the value as used until that time, in Unix milliseconds, in one step. */
  add(value: string, until: number): 'fresh' | 'seen' | 'full' {
    const now = this.#now();
    if ((this.#used.get(value) ?? now) > now) return 'seen';
    if (this.#used.size >= this.#capacity) this.#sweep(now);
    if (this.#used.size >= this.#capacity) return 'full';
    this.#used.set(value, until);
    return 'fresh';
  }

  #sweep(now: number): void {
    if (Math.abs(now - this.#sweptAt) < sweepEveryMs) return;
    this.#sweptAt = now;
    for (const [value, until] of this.#used) if (until <= now) this.#used.delete(value);
  }
}
