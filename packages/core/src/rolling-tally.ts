/** What is counted of the calls that ended within a window. */
export interface Tally {
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
}

const buckets = 10;

/** Counts calls in a rolling window of ten buckets. The newest is not full yet, so the window is 0.9 to 1 times as long as said. */
export class RollingTally {
  readonly #widthMs: number;
  readonly #counts = Array.from({ length: buckets }, () => ({ calls: 0, failed: 0, slow: 0 }));
  #newest = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    this.#widthMs = windowMs / buckets;
  }

  add(now: number, { failed, slow }: { readonly failed: boolean; readonly slow: boolean }): void {
    this.#advance(now);
    const count = this.#counts[slot(this.#newest)];
    if (count === undefined) return;
    count.calls++;
    if (failed) count.failed++;
    if (slow) count.slow++;
  }

  total(now: number): Tally {
    this.#advance(now);
    const total = { calls: 0, failed: 0, slow: 0 };
    for (const { calls, failed, slow } of this.#counts) {
      total.calls += calls;
      total.failed += failed;
      total.slow += slow;
    }
    return total;
  }

  clear(): void {
    for (const count of this.#counts) Object.assign(count, { calls: 0, failed: 0, slow: 0 });
  }

  #advance(now: number): void {
    const bucket = Math.floor(now / this.#widthMs);
    if (bucket <= this.#newest) return;
    const first = Math.max(this.#newest + 1, bucket - buckets + 1);
    for (let passed = first; passed <= bucket; passed++) {
      Object.assign(this.#counts[slot(passed)] ?? {}, { calls: 0, failed: 0, slow: 0 });
    }
    this.#newest = bucket;
  }
}

function slot(bucket: number): number {
  return ((bucket % buckets) + buckets) % buckets;
}
