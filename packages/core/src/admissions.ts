import type { Measure } from './measure.js';

/** What a limit let through. */
export interface Passed {
  calls: number;
}

/** Limits are named by configuration and by plans. More names than this are one. */
const maxNames = 100;

/** Counts, by the name of the limit, the calls that limits let through. A counter is looked up once, when limits are decided. */
export class Admissions {
  readonly #byName = new Map<string, Passed>();
  readonly #others: Passed = { calls: 0 };

  of(limit: string): Passed {
    let passed = this.#byName.get(limit);
    if (passed !== undefined) return passed;
    if (this.#byName.size >= maxNames) return this.#others;
    passed = { calls: 0 };
    this.#byName.set(limit, passed);
    return passed;
  }

  measures(): Measure[] {
    return [...this.#byName, ['other', this.#others] as const].map(([limit, { calls }]) => ({
      name: 'admissions_total',
      help: 'Calls let through, by each limit that applied to them.',
      kind: 'counter',
      value: calls,
      labels: { limit },
    }));
  }
}
