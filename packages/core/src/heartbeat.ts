import type { Clock } from './clock.js';

/** Calls `beat` for every member, again and again, with one timer for all; none while it is empty. */
export class Heartbeat<T> {
  readonly #members = new Set<T>();
  readonly #everyMs: number;
  readonly #beat: (member: T) => void;
  readonly #clock: Clock;
  #timer: unknown;

  constructor(everyMs: number, beat: (member: T) => void, clock: Clock) {
    this.#everyMs = everyMs;
    this.#beat = beat;
    this.#clock = clock;
  }

  add(member: T): void {
    this.#members.add(member);
    this.#timer ??= this.#clock.setTimeout(this.#tick, this.#everyMs);
  }

  delete(member: T): void {
    this.#members.delete(member);
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    if (this.#members.size === 0) return;
    for (const member of this.#members) this.#beat(member);
    this.#timer = this.#clock.setTimeout(this.#tick, this.#everyMs);
  };
}
