/** Twelve buckets cover the window; the thirteenth is the oldest, partly outside, and counted in full. */
const buckets = 12;
const slots = buckets + 1;
const none: number[] = [];

/**
 * Units spent in one rolling window, in 12 sub-buckets with the oldest partial bucket counted in full. Never lets more than
 * the limit into any rolling window, and refuses at most one twelfth of a window early.
 */
export class RollingWindow {
  readonly #widthMs: number;
  /** The newest bucket in which something was charged, and how much. There are very many windows, most with no more than that. */
  #bucket = 0;
  #units = 0;
  /** What was charged before: bucket, units, bucket, units …, oldest first. */
  #older = none;

  constructor(windowMs: number) {
    this.#widthMs = windowMs / buckets;
  }

  /** Milliseconds until `cost` more units fit under `limit`; 0 when they fit now. */
  waitMs(now: number, cost: number, limit: number): number {
    this.#forget(now);
    const older = this.#older;
    let left = this.#total();
    if (left + cost <= limit) return 0;
    for (let i = 0; i < older.length; i += 2) {
      left -= older[i + 1] ?? 0;
      if (left + cost <= limit) return ((older[i] ?? 0) + slots) * this.#widthMs - now;
    }
    return cost <= limit ? this.emptyAt() - now : slots * this.#widthMs;
  }

  /** Whole units that still fit under `limit`. */
  remaining(now: number, limit: number): number {
    this.#forget(now);
    return Math.max(0, Math.floor(limit - this.#total()));
  }

  /** Charges without asking. */
  charge(now: number, cost: number): void {
    this.#forget(now);
    const bucket = Math.floor(now / this.#widthMs);
    if (this.#units === 0 || bucket > this.#bucket) {
      // Joined to an array of just that length: one that is pushed to takes room for 16 more.
      if (this.#units > 0) this.#older = this.#older.concat([this.#bucket, this.#units]);
      this.#bucket = bucket;
      this.#units = 0;
    }
    this.#units += cost;
  }

  /** When nothing that was charged until now counts any more. */
  emptyAt(): number {
    return this.#units === 0 ? Number.NEGATIVE_INFINITY : (this.#bucket + slots) * this.#widthMs;
  }

  /** Summed anew each time: a total that is subtracted from keeps a remainder of fractional costs. */
  #total(): number {
    let total = this.#units;
    for (let i = 1; i < this.#older.length; i += 2) total += this.#older[i] ?? 0;
    return total;
  }

  #forget(now: number): void {
    const oldest = Math.floor(now / this.#widthMs) - buckets;
    if (this.#bucket < oldest) {
      this.#units = 0;
      this.#older = none;
      return;
    }
    const older = this.#older;
    let past = 0;
    while (past < older.length && (older[past] ?? 0) < oldest) past += 2;
    if (past > 0) this.#older = past === older.length ? none : older.slice(past);
  }
}
