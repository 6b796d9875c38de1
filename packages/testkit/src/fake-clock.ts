import type { Clock } from '@sallyport/core';

/**
 * A clock that stands still until it is told to move, so that a test of time neither sleeps nor flickers.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { FakeClock } from '@sallyport/testkit';
 *
 * const clock = new FakeClock();
 * const stack = hardened({ clock });
 * await clock.advance(30_000); // every deadline of 30 s that was running has passed
 * ```
 */
export class FakeClock implements Clock {
  #now: number;
  #made = 0;
  readonly #timers = new Map<number, Timer>();

  /** `startMs`: what `now` says at first, in milliseconds. */
  constructor(startMs = 1_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const id = ++this.#made;
    this.#timers.set(id, { callback, at: this.#now + Math.max(0, delayMs) });
    return id;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /** Timers that wait: 0 when everything that set one has cleaned up. */
  get timers(): number {
    return this.#timers.size;
  }

  /**
   * Moves forward by `ms`, running every timer that falls due, in order of time and then of age, each at its own time.
   * Before the first, between them and after the last, what is ready to run does.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let due = this.#due(end); due !== undefined; due = this.#due(end)) {
      const [id, { at, callback }] = due;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, at);
      callback();
      await settled();
    }
    this.#now = end;
  }

  #due(end: number): [number, Timer] | undefined {
    let first: [number, Timer] | undefined;
    for (const timer of this.#timers) {
      if (timer[1].at <= end && (first === undefined || timer[1].at < first[1].at)) first = timer;
    }
    return first;
  }
}

interface Timer {
  readonly callback: () => void;
  readonly at: number;
}

/** One turn of the event loop: every promise reaction that is ready, and those they make ready, has run after it. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
