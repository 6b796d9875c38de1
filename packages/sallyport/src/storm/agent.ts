import type { Random } from '@sallyport/core';
import { around, arrivals } from './arrivals.js';
import type { Behaviour } from './behaviour.js';
import type { Operation, Operations } from './operation.js';
import type { CallOutcome } from './outcome.js';

/** One call that an agent makes, for the first time or again. Times are in milliseconds from the start of the storm. */
export interface Attempt {
  readonly operation: Operation;
  /** Which of the agent's calls it is, from 0; the same when it is repeated. */
  readonly number: number;
  /** 0, or how often it was repeated. */
  readonly repeat: number;
  /** When the agent meant to call. */
  readonly intendedMs: number;
  /** After how long the agent gives it up, if it does. */
  readonly quitAfterMs: number | undefined;
}

const firstBackoffMs = 1_000;
const maxBackoffMs = 30_000;
const maxJitterMs = 1_000;

/**
 * An agent as a state machine: it has no clock and no connection, and draws all that is random from the stream it was given.
 * Whoever drives it calls {@link wake} when {@link dueMs} has come, and {@link settled} when a call has ended.
 */
export class Agent {
  readonly #behaviour: Behaviour;
  readonly #random: Random;
  readonly #operations: Operations;
  readonly #arrivals: Generator<number, never> | undefined;
  readonly #repeats: Attempt[] = [];
  #nextMs: number;
  #quietUntilMs = 0;
  #refusals = 0;
  #calls = 0;
  #fixation: Operation | undefined;

  constructor(behaviour: Behaviour, operations: Operations, random: Random) {
    this.#behaviour = behaviour;
    this.#operations = operations;
    this.#random = random;
    const { rhythm } = behaviour;
    this.#arrivals = rhythm.kind === 'loop' ? undefined : arrivals(rhythm, random);
    this.#nextMs = rhythm.kind === 'loop' ? random() * rhythm.thinkMs : this.#arrival();
  }

  /** When it next wants to be woken; `Infinity` while it waits for an answer. */
  get dueMs(): number {
    return Math.min(this.#nextMs, this.#repeats[0]?.intendedMs ?? Number.POSITIVE_INFINITY);
  }

  /** Until when it keeps silent because it was told to. */
  get quietUntilMs(): number {
    return this.#quietUntilMs;
  }

  /** Takes what is due: a call to make now, or `undefined` for one that the agent holds back because it was told to wait. */
  wake(): Attempt | undefined {
    const [repeat] = this.#repeats;
    if (repeat !== undefined && repeat.intendedMs <= this.#nextMs) {
      this.#repeats.shift();
      return repeat;
    }
    const intendedMs = this.#nextMs;
    this.#nextMs = this.#arrivals === undefined ? Number.POSITIVE_INFINITY : this.#arrival();
    return intendedMs < this.#quietUntilMs ? undefined : this.#attempt(intendedMs);
  }

  /** A call of its own has ended. */
  settled(attempt: Attempt, outcome: CallOutcome, nowMs: number): void {
    const isRefused = outcome.kind === 'denied' || outcome.kind === 'failed' || outcome.kind === 'broken';
    if (!isRefused) this.#refusals = 0;
    else if (this.#behaviour.manners.kind === 'follows') this.#keepSilent(outcome, nowMs);
    else if (this.#repeatsAgain(attempt, nowMs)) return;
    const { rhythm } = this.#behaviour;
    if (rhythm.kind === 'loop') {
      this.#nextMs = Math.max(nowMs + around(rhythm.thinkMs, this.#random), this.#quietUntilMs);
    }
  }

  #arrival(): number {
    return this.#arrivals?.next().value ?? Number.POSITIVE_INFINITY;
  }

  #attempt(intendedMs: number): Attempt {
    const { fixated = false } = this.#behaviour;
    const number = this.#calls++;
    const operation = this.#fixation ?? this.#operations(this.#random, number);
    if (fixated) this.#fixation = operation;
    return { operation, number, repeat: 0, intendedMs, quitAfterMs: this.#quitAfterMs() };
  }

  #quitAfterMs(): number | undefined {
    const { quits } = this.#behaviour;
    if (quits === undefined || this.#random() >= quits.share) return undefined;
    return this.#random() * quits.withinMs;
  }

  /** The spread is added, so that the wait is never shorter than it was said to be. */
  #keepSilent(outcome: CallOutcome, nowMs: number): void {
    const told = 'retryAfterMs' in outcome ? outcome.retryAfterMs : undefined;
    const waitMs = told ?? Math.min(maxBackoffMs, firstBackoffMs * 2 ** this.#refusals);
    this.#refusals++;
    const untilMs = nowMs + waitMs + this.#random() * Math.min(maxJitterMs, waitMs / 10);
    this.#quietUntilMs = Math.max(this.#quietUntilMs, untilMs);
  }

  /** Whether the refused call will be made again. */
  #repeatsAgain(attempt: Attempt, nowMs: number): boolean {
    const { manners } = this.#behaviour;
    if (manners.kind !== 'retries' || attempt.repeat >= manners.times) return false;
    const intendedMs = nowMs + around(manners.afterMs, this.#random);
    const next = { ...attempt, repeat: attempt.repeat + 1, intendedMs, quitAfterMs: this.#quitAfterMs() };
    const place = this.#repeats.findIndex((one) => one.intendedMs > intendedMs);
    this.#repeats.splice(place < 0 ? this.#repeats.length : place, 0, next);
    return true;
  }
}
