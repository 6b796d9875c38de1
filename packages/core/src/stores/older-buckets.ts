import { Pages } from './pages.js';

/** Stands for no cell; cells are numbered from 1. */
const none = 0;

/**
 * For each window a list of the buckets that were charged before its newest one, newest first, outside of the heap: a window that is used
 * all day has twelve of them, and as arrays they would take more memory than everything else about it. Cells that are dropped are used
 * again.
 */
export class OlderBuckets {
  readonly #first = new Pages(Uint32Array);
  readonly #next = new Pages(Uint32Array);
  readonly #buckets = new Pages(Float64Array);
  readonly #units = new Pages(Float64Array);
  #free = none;
  #made = 0;

  /** As many buckets as there were at most at one time. */
  get capacity(): number {
    return this.#made;
  }

  /** A bucket that is newer than those that are there. */
  push(window: number, bucket: number, units: number): void {
    const cell = this.#take();
    this.#buckets.set(cell, bucket);
    this.#units.set(cell, units);
    this.#next.set(cell, this.#first.get(window));
    this.#first.set(window, cell);
  }

  /** Units in all of them. Summed anew each time: a total that is subtracted from keeps a remainder of fractional costs. */
  units(window: number): number {
    let total = 0;
    for (let cell = this.#first.get(window); cell !== none; cell = this.#next.get(cell)) total += this.#units.get(cell);
    return total;
  }

  /** The newest of them that has to go before `cost` fits under `limit` beside the newest bucket of all; `undefined` when it fits now. */
  inTheWay(window: number, newest: number, cost: number, limit: number): number | undefined {
    let total = newest;
    for (let cell = this.#first.get(window); cell !== none; cell = this.#next.get(cell)) {
      total += this.#units.get(cell);
      if (total + cost > limit) return this.#buckets.get(cell);
    }
    return undefined;
  }

  /** Drops the buckets that are older than this one. Says whether there were any. */
  dropBefore(window: number, bucket: number): boolean {
    let last = none;
    let cell = this.#first.get(window);
    while (cell !== none && this.#buckets.get(cell) >= bucket) {
      last = cell;
      cell = this.#next.get(cell);
    }
    if (cell === none) return false;
    if (last === none) this.#first.set(window, none);
    else this.#next.set(last, none);
    this.#giveBack(cell);
    return true;
  }

  #take(): number {
    const cell = this.#free;
    if (cell === none) return ++this.#made;
    this.#free = this.#next.get(cell);
    return cell;
  }

  /** All from this cell on. */
  #giveBack(from: number): void {
    let last = from;
    for (let cell = this.#next.get(from); cell !== none; cell = this.#next.get(cell)) last = cell;
    this.#next.set(last, this.#free);
    this.#free = from;
  }
}
