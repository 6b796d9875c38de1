import type { Clock } from './clock.js';
import { Roster, type Seat } from './roster.js';

/** Calls `beat` for every member, again and again, with one timer for all; none while there is none. */
export class Heartbeat<T> {
  readonly #members = new Roster<T>();
  readonly #everyMs: number;
  readonly #beat: (member: T) => void;
  readonly #clock: Clock;
  #timer: unknown;

  constructor(everyMs: number, beat: (member: T) => void, clock: Clock) {
    this.#everyMs = everyMs;
    this.#beat = beat;
    this.#clock = clock;
  }

  /** Until it is stopped with what is returned. */
  start(member: T): Seat<T> {
    this.#timer ??= this.#clock.setTimeout(this.#tick, this.#everyMs);
    return this.#members.enter(member);
  }

  stop(seat: Seat<T>): void {
    this.#members.leave(seat);
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    if (this.#members.size === 0) return;
    for (const member of this.#members) this.#beat(member);
    this.#timer = this.#clock.setTimeout(this.#tick, this.#everyMs);
  };
}
