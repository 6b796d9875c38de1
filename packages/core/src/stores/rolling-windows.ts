import { Pages } from './pages.js';
import { Slots } from './slots.js';

/** Twelve buckets cover the window; the thirteenth is the oldest, partly outside, and counted in full. */
const buckets = 12;
const spans = buckets + 1;
const none: readonly number[] = [];

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
  /** What was charged before: bucket, units, bucket, units …, oldest first. */
  readonly #older = new Map<number, readonly number[]>();

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
    const older = this.#olderAt(window, now);
    let left = this.#units.get(window) + unitsOf(older);
    if (left + cost <= limit) return 0;
    const width = this.#widths.get(window);
    for (let i = 0; i < older.length; i += 2) {
      left -= older[i + 1] ?? 0;
      if (left + cost <= limit) return ((older[i] ?? 0) + spans) * width - now;
    }
    return cost <= limit ? this.#emptyAt(window) - now : spans * width;
  }

  /** Whole units that still fit under `limit`. */
  remaining(window: number, now: number, limit: number): number {
    const older = this.#olderAt(window, now);
    return Math.max(0, Math.floor(limit - (this.#units.get(window) + unitsOf(older))));
  }

  /** Charges without asking. Returns the whole units that still fit under `limit`. */
  charge(window: number, now: number, cost: number, limit: number): number {
    let older = this.#olderAt(window, now);
    const bucket = Math.floor(now / this.#widths.get(window));
    let units = this.#units.get(window);
    const newest = this.#newest.get(window);
    // What costs nothing does not turn the bucket: an empty newest one would count as none at all.
    if (cost > 0 && (units === 0 || bucket > newest)) {
      if (units > 0) {
        older = older.concat([newest, units]);
        this.#older.set(window, older);
      }
      this.#newest.set(window, bucket);
      units = 0;
    }
    units += cost;
    this.#units.set(window, units);
    return Math.max(0, Math.floor(limit - (units + unitsOf(older))));
  }

  /** Drops those in which nothing counts any more. Walks all. */
  sweep(now: number): void {
    for (let window = 0; window < this.#widths.length; window++) {
      if (this.#widths.get(window) === 0 || this.#emptyAt(window) > now) continue;
      this.#widths.set(window, 0);
      this.#older.delete(window);
      this.#slots.remove(window);
    }
  }

  /** When nothing that was charged until now counts any more. */
  #emptyAt(window: number): number {
    if (this.#units.get(window) === 0) return Number.NEGATIVE_INFINITY;
    return (this.#newest.get(window) + spans) * this.#widths.get(window);
  }

  /** Forgets what does not count any more. Returns what does of all that was charged before the newest bucket. */
  #olderAt(window: number, now: number): readonly number[] {
    const oldest = Math.floor(now / this.#widths.get(window)) - buckets;
    if (this.#newest.get(window) < oldest) {
      this.#units.set(window, 0);
      this.#older.delete(window);
      return none;
    }
    const older = this.#older.get(window) ?? none;
    let past = 0;
    while (past < older.length && (older[past] ?? 0) < oldest) past += 2;
    if (past === 0) return older;
    const left = older.slice(past);
    if (left.length === 0) this.#older.delete(window);
    else this.#older.set(window, left);
    return left;
  }
}

/** Summed anew each time: a total that is subtracted from keeps a remainder of fractional costs. */
function unitsOf(older: readonly number[]): number {
  let total = 0;
  for (let i = 1; i < older.length; i += 2) total += older[i] ?? 0;
  return total;
}
