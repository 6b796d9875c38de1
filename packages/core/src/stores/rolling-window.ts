/** Twelve buckets cover the window; the thirteenth is the oldest, partly outside, and counted in full. */
const buckets = 12;
const slots = buckets + 1;

/**
 * Units spent in one rolling window, in 12 sub-buckets with the oldest partial bucket counted in full. Never lets more than
 * the limit into any rolling window, and refuses at most one twelfth of a window early.
 */
export class RollingWindow {
  /** A plain array: a typed one of this size takes more than twice the memory. */
  readonly #counts: number[] = new Array(slots).fill(0);
  readonly #widthMs: number;
  #newest = Number.NEGATIVE_INFINITY;
  #total = 0;

  constructor(windowMs: number) {
    this.#widthMs = windowMs / buckets;
  }

  /** Milliseconds until `cost` more units fit under `limit`; 0 when they fit now. */
  waitMs(now: number, cost: number, limit: number): number {
    this.#advance(now);
    if (this.#total + cost <= limit) return 0;
    let left = this.#total;
    for (let bucket = this.#newest - buckets; bucket <= this.#newest; bucket++) {
      left -= this.#counts[slot(bucket)] ?? 0;
      if (left + cost <= limit) return (bucket + slots) * this.#widthMs - now;
    }
    return slots * this.#widthMs;
  }

  /** Whole units that still fit under `limit`. */
  remaining(now: number, limit: number): number {
    this.#advance(now);
    return Math.max(0, Math.floor(limit - this.#total));
  }

  /** Charges without asking. */
  charge(now: number, cost: number): void {
    this.#advance(now);
    const at = slot(this.#newest);
    this.#counts[at] = (this.#counts[at] ?? 0) + cost;
    this.#total += cost;
  }

  /** When nothing that was charged until now counts any more. */
  emptyAt(): number {
    return (this.#newest + slots) * this.#widthMs;
  }

  #advance(now: number): void {
    const bucket = Math.max(Math.floor(now / this.#widthMs), this.#newest);
    if (bucket === this.#newest) return;
    if (bucket - this.#newest >= slots) {
      this.#counts.fill(0);
    } else {
      for (let passed = this.#newest + 1; passed <= bucket; passed++) this.#counts[slot(passed)] = 0;
    }
    this.#newest = bucket;
    // Summed anew, not subtracted from: fractional costs would leave a remainder that no passing of time takes away.
    this.#total = this.#counts.reduce((sum, count) => sum + count, 0);
  }
}

function slot(bucket: number): number {
  return ((bucket % slots) + slots) % slots;
}
