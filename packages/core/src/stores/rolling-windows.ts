import { OlderBuckets } from './older-buckets.js';
import { Pages } from './pages.js';
import { Slots } from './slots.js';

/** Twelve buckets cover the window; the thirteenth is the oldest, partly outside, and counted in full. */
const buckets = 12;
const spans = buckets + 1;

/**
 * Units spent in many rolling windows, each in 12 sub-buckets with the oldest partial bucket counted in full. Never lets more than
 * the limit into any rolling window, and refuses at most one twelfth of a window early.
 */
export class RollingWindows {
  readonly #slots = new Slots();
  /** Milliseconds of one bucket; 0 where there is no window. */
  readonly #widths = new Pages(Float64Array);
  /** The newest bucket in which something was charged, and how much. Most windows have no more than that. */
  readonly #newest = new Pages(Float64Array);
  readonly #units = new Pages(Float64Array);
  /** What was charged before, and the sum of that, which is asked for far more often than it changes. */
  readonly #older = new OlderBuckets();
  readonly #olderUnits = new Pages(Float64Array);

  get size(): number {
    return this.#slots.size;
  }

  /** The window of this key; −1 when there is none. */
  find(key: string): number {
    return this.#slots.find(key);
  }

  /** Makes one for a key that has none. */
  add(key: string, windowMs: number): number {
    const window = this.#slots.add(key);
    this.#widths.set(window, windowMs / buckets);
    this.#units.set(window, 0);
    this.#newest.set(window, 0);
    return window;
  }

  /** Milliseconds until `cost` more units fit under `limit`; 0 when they fit now. */
  waitMs(window: number, now: number, cost: number, limit: number): number {
    this.#forget(window, now);
    const newest = this.#units.get(window);
    if (newest + this.#olderUnits.get(window) + cost <= limit) return 0;
    const width = this.#widths.get(window);
    // Turned round, here and in #forget: what is no number refuses, and drops nothing.
    if (!(newest + cost <= limit)) return cost <= limit ? this.#emptyAt(window) - now : spans * width;
    const bucket = this.#older.inTheWay(window, newest, cost, limit);
    return bucket === undefined ? 0 : (bucket + spans) * width - now;
  }

  /** Whole units that still fit under `limit`. */
  remaining(window: number, now: number, limit: number): number {
    this.#forget(window, now);
    return this.#left(window, limit);
  }

  /** Charges without asking. Returns the whole units that still fit under `limit`. */
  charge(window: number, now: number, cost: number, limit: number): number {
    this.#forget(window, now);
    const bucket = Math.floor(now / this.#widths.get(window));
    let units = this.#units.get(window);
    const newest = this.#newest.get(window);
    // What costs nothing does not turn the bucket: an empty newest one would count as none at all.
    if (cost > 0 && (units === 0 || bucket > newest)) {
      if (units > 0) {
        this.#older.push(window, newest, units);
        this.#olderUnits.set(window, this.#older.units(window));
      }
      this.#newest.set(window, bucket);
      units = 0;
    }
    this.#units.set(window, units + cost);
    return this.#left(window, limit);
  }

  /** Drops those in which nothing counts any more. Walks all. */
  sweep(now: number): void {
    for (let window = 0; window < this.#widths.length; window++) {
      if (this.#widths.get(window) === 0 || this.#emptyAt(window) > now) continue;
      this.#widths.set(window, 0);
      this.#dropBefore(window, Number.POSITIVE_INFINITY);
      this.#slots.remove(window);
    }
  }

  /** When nothing that was charged until now counts any more. */
  #emptyAt(window: number): number {
    if (this.#units.get(window) === 0) return Number.NEGATIVE_INFINITY;
    return (this.#newest.get(window) + spans) * this.#widths.get(window);
  }

  #left(window: number, limit: number): number {
    return Math.max(0, Math.floor(limit - (this.#units.get(window) + this.#olderUnits.get(window))));
  }

  /** Forgets what does not count any more. Nothing has to be forgotten before the next bucket begins. */
  #forget(window: number, now: number): void {
    const bucket = Math.floor(now / this.#widths.get(window));
    const newest = this.#newest.get(window);
    if (!(bucket > newest)) return;
    if (newest < bucket - buckets) this.#units.set(window, 0);
    this.#dropBefore(window, bucket - buckets);
  }

  #dropBefore(window: number, bucket: number): void {
    if (this.#older.dropBefore(window, bucket)) this.#olderUnits.set(window, this.#older.units(window));
  }
}
