import type { CalendarPeriod } from '../admission-store.js';

/**
 * Units spent in one period of the calendar in UTC. Every `now` is in milliseconds since 1970, by a clock that may be set:
 * over the turn of a period and back again nothing that was spent is forgotten.
 */
export class CalendarWindow {
  readonly #calendar: CalendarPeriod;
  #starts = Number.NEGATIVE_INFINITY;
  #ends = Number.NEGATIVE_INFINITY;
  #units = 0;

  constructor(calendar: CalendarPeriod) {
    this.#calendar = calendar;
  }

  /** Milliseconds until `cost` more units fit under `limit`; 0 when they fit now. */
  waitMs(now: number, cost: number, limit: number): number {
    this.#turn(now);
    return this.#units + cost <= limit ? 0 : this.#ends - now;
  }

  /** Whole units that still fit under `limit`. */
  remaining(now: number, limit: number): number {
    this.#turn(now);
    return Math.max(0, Math.floor(limit - this.#units));
  }

  /** Charges without asking. */
  charge(now: number, cost: number): void {
    this.#turn(now);
    this.#units += cost;
  }

  /** When nothing that was charged until now counts any more. */
  emptyAt(): number {
    return this.#units === 0 ? Number.NEGATIVE_INFINITY : this.#ends;
  }

  #turn(now: number): void {
    if (now >= this.#starts && now < this.#ends) return;
    const [starts, ends] = periodOf(this.#calendar, now);
    // Set back over the turn: the new period has begun, and goes on. Set back further, what was spent counts from now.
    if (ends === this.#starts) return;
    if (now >= this.#ends) this.#units = 0;
    this.#starts = starts;
    this.#ends = ends;
  }
}

/** When the period that `utcMs` lies in starts, and when it ends. */
function periodOf(calendar: CalendarPeriod, utcMs: number): readonly [starts: number, ends: number] {
  const at = new Date(utcMs);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  return calendar === 'day'
    ? [Date.UTC(year, month, day), Date.UTC(year, month, day + 1)]
    : [Date.UTC(year, month), Date.UTC(year, month + 1)];
}
