import type { Clock } from '@sallyport/core';
import type { Log } from './log.js';

/** How a drain ended. */
export interface Drained {
  /** Calls that were interrupted because the grace period ran out. */
  readonly cutOff: number;
}

/** What a drain needs to know about time, in milliseconds. */
export interface DrainTimes {
  /** How long to go on serving after `ready` turned negative, because load balancers notice late. Default 0. */
  readonly preDrainMs: number;
  /** From the beginning of the drain to its end, whatever happens. Keep it below the time your platform waits. Default 30,000. */
  readonly graceMs: number;
}

/** What `serve` and `mount` need to know about time to end well, in milliseconds. */
export interface ClosingDrain extends DrainTimes {
  /**
   * How long, after the last call and within the grace period, whoever still calls is told `SHUTTING_DOWN`: a call that is under way
   * on a connection that idles does not meet a closed one. Default 500.
   */
  readonly lingerMs: number;
}

/** With what is usual for whatever is not given. */
export function closingDrain(given: Partial<ClosingDrain> | undefined): ClosingDrain {
  const { preDrainMs = 0, graceMs = 30_000, lingerMs = 500 } = given ?? {};
  return { preDrainMs, graceMs, lingerMs };
}

/** What is done to the server at each step. */
export interface DrainSteps {
  /** New calls are refused from now on. */
  readonly refuse: () => void;
  /** Interrupts what still runs and says how much that was. */
  readonly interrupt: () => number;
  /** Closes the port and what is open on it, all of it in the time that is left of the grace period. */
  readonly close: (leftMs: number) => Promise<void>;
}

/** Calls that were interrupted get so long to send their answers. */
const lastWordsMs = 5_000;

/**
 * Takes an instance out of service without losing a call: not ready, then refusing new calls, then waiting for those that
 * run, then, at grace less five seconds, interrupting them.
 */
export class Drain {
  readonly #clock: Clock;
  readonly #log: Log;
  #stage: 'serving' | 'leaving' | 'refusing' = 'serving';
  #inFlight = 0;
  #whenIdle: (() => void)[] = [];

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Whether load balancers may send calls here. */
  get ready(): boolean {
    return this.#stage === 'serving';
  }

  /** Whether new calls are answered with `SHUTTING_DOWN`. */
  get refusing(): boolean {
    return this.#stage === 'refusing';
  }

  /** Counts a call as in flight until the returned function is called. */
  enter(): () => void {
    this.#inFlight++;
    return () => {
      this.#inFlight--;
      if (this.#inFlight === 0) for (const tell of this.#whenIdle.splice(0)) tell();
    };
  }

  /** Runs the drain, once. */
  async run({ preDrainMs, graceMs }: DrainTimes, steps: DrainSteps): Promise<Drained> {
    const began = this.#clock.now();
    const leftUntil = (ms: number) => Math.max(0, began + ms - this.#clock.now());
    this.#stage = 'leaving';
    this.#log({ level: 'info', event: 'draining', inFlight: this.#inFlight });
    if (preDrainMs > 0) await this.#sleep(preDrainMs);
    this.#stage = 'refusing';
    steps.refuse();
    await this.#idle(leftUntil(graceMs - lastWordsMs));
    const cutOff = this.#inFlight === 0 ? 0 : steps.interrupt();
    await this.#idle(leftUntil(graceMs));
    await steps.close(leftUntil(graceMs));
    this.#log({ level: cutOff === 0 ? 'info' : 'warn', event: 'drained', cutOff });
    return { cutOff };
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimeout(resolve, ms));
  }

  /** Resolves when nothing is in flight, or after `ms`. */
  #idle(ms: number): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, ms);
      this.#whenIdle.push(() => {
        this.#clock.clearTimeout(timer);
        resolve();
      });
    });
  }
}
