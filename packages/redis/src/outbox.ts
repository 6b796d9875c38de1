import type { Clock } from '@sallyport/core';

/** A verb that may be sent again and again, because sending it twice changes nothing. */
interface Waiting {
  readonly send: () => Promise<unknown>;
  readonly until: number;
}

const everyMs = 250;
const together = 50;

/**
 * What the store must still be told although it could not be reached: sent again, every quarter of a second, until it is
 * answered or its time is over. Bounded; what does not fit is not kept, so whoever adds something must be right without it too.
 */
export class Outbox {
  readonly #clock: Clock;
  readonly #keepMs: number;
  readonly #maxVerbs: number;
  #waiting: Waiting[] = [];
  #timer: unknown;

  constructor(clock: Clock, { keepMs = 300_000, maxVerbs = 10_000 } = {}) {
    this.#clock = clock;
    this.#keepMs = keepMs;
    this.#maxVerbs = maxVerbs;
  }

  /** How many verbs wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Keeps a verb to be sent later. False when there is no room. */
  add(send: () => Promise<unknown>): boolean {
    if (this.#waiting.length >= this.#maxVerbs) return false;
    this.#waiting.push({ send, until: this.#clock.now() + this.#keepMs });
    this.#timer ??= this.#later();
    return true;
  }

  #later(): unknown {
    return this.#clock.setTimeout(() => void this.#sendAll(), everyMs);
  }

  async #sendAll(): Promise<void> {
    let failed = false;
    while (!failed && this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, together).filter(({ until }) => until > this.#clock.now());
      const sent = await Promise.allSettled(batch.map(({ send }) => send()));
      for (const [at, verb] of batch.entries()) {
        if (sent[at]?.status === 'fulfilled') continue;
        failed = true;
        this.#waiting.push(verb);
      }
    }
    this.#timer = this.#waiting.length === 0 ? undefined : this.#later();
  }
}
