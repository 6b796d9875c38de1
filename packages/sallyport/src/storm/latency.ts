import { createHistogram } from 'node:perf_hooks';

/** Figures of a distribution of times, in milliseconds. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

const lowestUs = 1;
const highestUs = 3_600_000_000;

/**
 * Times between a microsecond and an hour, kept in Node's HDR histogram: figures are right to one in a thousand with `figures` 3, one in
 * a hundred with 2. A percentile is the time at the nearest rank.
 */
export class Latency {
  readonly #histogram;

  constructor(figures: 2 | 3 = 3) {
    this.#histogram = createHistogram({ lowest: lowestUs, highest: highestUs, figures });
  }

  add(ms: number): void {
    this.#histogram.record(Math.min(highestUs, Math.max(lowestUs, Math.round(ms * 1_000))));
  }

  get count(): number {
    return this.#histogram.count;
  }

  percentile(percent: number): number {
    return this.#histogram.percentile(percent) / 1_000;
  }

  /** `undefined` when nothing was added. */
  percentiles(): Percentiles | undefined {
    if (this.count === 0) return undefined;
    const [p50, p95, p99] = [50, 95, 99].map((percent) => this.percentile(percent)) as [number, number, number];
    return { count: this.count, p50, p95, p99, max: this.#histogram.max / 1_000 };
  }
}
