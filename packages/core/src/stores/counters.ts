import type { WindowLimit } from '../admission-store.js';
import { CalendarWindow } from './calendar-window.js';
import { RollingWindows } from './rolling-windows.js';

/** What was charged to windows, by their keys: rolling ones by the clock of the store, budgets by the calendar in UTC. */
export class Counters {
  readonly #rolling = new RollingWindows();
  readonly #budgets = new Map<string, CalendarWindow>();
  readonly #utcNow: () => number;

  constructor(utcNow: () => number) {
    this.#utcNow = utcNow;
  }

  get size(): number {
    return this.#rolling.size + this.#budgets.size;
  }

  /** Milliseconds until its cost fits; 0 when it fits now, and `undefined` when nothing was charged to this window yet. */
  waitMs({ key, calendar, cost, limit }: WindowLimit, now: number): number | undefined {
    if (calendar !== undefined) return this.#budgets.get(key)?.waitMs(this.#utcNow(), cost, limit);
    const window = this.#rolling.find(key);
    return window < 0 ? undefined : this.#rolling.waitMs(window, now, cost, limit);
  }

  /** Charges its cost without asking. Returns the whole units that are left. */
  charge({ key, calendar, windowMs, cost, limit }: WindowLimit, now: number): number {
    if (calendar !== undefined) {
      let budget = this.#budgets.get(key);
      if (budget === undefined) {
        budget = new CalendarWindow(calendar);
        this.#budgets.set(key, budget);
      }
      const utc = this.#utcNow();
      budget.charge(utc, cost);
      return budget.remaining(utc, limit);
    }
    const found = this.#rolling.find(key);
    const window = found < 0 ? this.#rolling.add(key, windowMs) : found;
    return this.#rolling.charge(window, now, cost, limit);
  }

  /** Whole units that are left. */
  remaining({ key, calendar, limit }: WindowLimit, now: number): number {
    const whole = Math.max(0, Math.floor(limit));
    if (calendar !== undefined) return this.#budgets.get(key)?.remaining(this.#utcNow(), limit) ?? whole;
    const window = this.#rolling.find(key);
    return window < 0 ? whole : this.#rolling.remaining(window, now, limit);
  }

  /** Drops those in which nothing counts any more. Walks all. */
  sweep(now: number): void {
    this.#rolling.sweep(now);
    const utc = this.#utcNow();
    for (const [key, budget] of this.#budgets) if (budget.emptyAt() <= utc) this.#budgets.delete(key);
  }
}
