import { RollingTally } from './rolling-tally.js';

/** When a breaker opens, for how long, and how it closes again. */
export interface BreakerOptions {
  /** How far back it looks, in milliseconds. */
  readonly windowMs: number;
  /** With fewer calls in the window it stays closed: of three calls, two failures prove nothing. */
  readonly minimumCalls: number;
  /** The share of failed calls that opens it, over 0 and at most 1. */
  readonly failureRate: number;
  /** A call that took as long is slow, in milliseconds. */
  readonly slowMs: number;
  /** The share of slow calls that opens it, over 0 and at most 1. */
  readonly slowRate: number;
  /** How long it stays open before it lets probes through, in milliseconds. */
  readonly openMs: number;
  /** Calls let through at once to see whether all is well again. As many must succeed to close it. */
  readonly probes: number;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** What a call that ended says of the dependency. */
export interface Evidence {
  readonly failed: boolean;
  readonly slow: boolean;
}

/** Given to a call that may pass; to be handed back when it ended. */
export interface Permit {
  readonly epoch: number;
  readonly isProbe: boolean;
}

/** What a breaker says to a call. */
export type Asked =
  | { readonly permit: Permit; readonly waitMs?: never }
  | { readonly waitMs: number; readonly permit?: never };

/**
 * A circuit breaker that decides at once and never queues. Closed, it lets everything pass and opens on the rate of failures or
 * of slow calls; open, it refuses; then it lets at most `probes` calls pass at a time until as many have succeeded in a row.
 * Probes in flight are counted over all its openings, so there are never more. A call that ends when the state has changed
 * since it began says nothing. Time comes in with each question, in milliseconds of a monotonic clock.
 */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #tally: RollingTally;
  #state: BreakerState = 'closed';
  #epoch = 0;
  #openUntil = 0;
  #probing = 0;
  #passed = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#tally = new RollingTally(options.windowMs);
  }

  /** As of the last question: `open` also when its time is over and nobody has asked yet. */
  get state(): BreakerState {
    return this.#state;
  }

  /** What the next question would find: who is not asked any more does not refuse for ever. */
  stateAt(now: number): BreakerState {
    return this.#state === 'open' && now >= this.#openUntil ? 'half-open' : this.#state;
  }

  /** Whether a call may pass now; if not, how many milliseconds until asking again makes sense. */
  ask(now: number): Asked {
    if (this.#state === 'closed') return { permit: { epoch: this.#epoch, isProbe: false } };
    if (this.#state === 'open') {
      if (now < this.#openUntil) return { waitMs: this.#openUntil - now };
      this.#become('half-open');
      this.#passed = 0;
    }
    if (this.#probing >= this.#options.probes) return { waitMs: this.#options.openMs };
    this.#probing++;
    return { permit: { epoch: this.#epoch, isProbe: true } };
  }

  /** The call of the permit ended. Without evidence it says nothing: a client's mistake, a cancellation. Once per permit. */
  settle({ epoch, isProbe }: Permit, evidence: Evidence | undefined, now: number): void {
    if (isProbe) this.#probing--;
    if (epoch !== this.#epoch || evidence === undefined) return;
    if (isProbe) {
      if (evidence.failed || evidence.slow) this.#open(now);
      else if (++this.#passed >= this.#options.probes) this.#close();
    } else {
      this.#tally.add(now, evidence);
      if (this.#isBad(now)) this.#open(now);
    }
  }

  #isBad(now: number): boolean {
    const { minimumCalls, failureRate, slowRate } = this.#options;
    const { calls, failed, slow } = this.#tally.total(now);
    return calls >= minimumCalls && (failed >= failureRate * calls || slow >= slowRate * calls);
  }

  #open(now: number): void {
    this.#become('open');
    this.#openUntil = now + this.#options.openMs;
  }

  #close(): void {
    this.#become('closed');
    this.#tally.clear();
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#epoch++;
  }
}
