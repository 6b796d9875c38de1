import type { Recorded } from './recorded.js';
import { type Workload, windowsOf } from './workload.js';

/** What an offline judge finds in a recorded run. It shares nothing with the way a limiter counts. */
export interface Judgement {
  readonly decisions: number;
  readonly admitted: number;
  /** Calls without a decision in time. What they may have been charged for a while excuses refusals. */
  readonly undecided: number;
  /** Rolling windows that hold more than their limit: the worst of each counter. */
  readonly violations: readonly string[];
  /** Calls refused although every limit had room for them in the last 13 twelfths of its window. */
  readonly refusedEarly: number;
  /** Decisions whose time lies outside the time between sending and receiving. */
  readonly outOfTime: number;
  /** Of each dimension and window: units in the fullest rolling window, as a part of the limit. */
  readonly fullest: Readonly<Record<string, number>>;
  /** Of the tenants' long window: units per window over the whole run, as a part of the limit. */
  readonly sustained: number;
}

/** Two clocks of one machine, read in two ways. */
const toleranceMs = 20;
/** When a call was perhaps charged that nobody learned of: how long until that is undone. */
const undoneMs = 8_000;

interface Counter {
  readonly charges: Charges;
  readonly perhaps: Charges;
  readonly limit: number;
  readonly windowMs: number;
  readonly kind: string;
}

/** What was charged to one counter, in order. */
class Charges {
  readonly #at: number[] = [];
  readonly #sums: number[] = [0];

  add(atMs: number, units: number): void {
    this.#at.push(atMs);
    this.#sums.push((this.#sums.at(-1) ?? 0) + units);
  }

  /** Units charged later than `from` and not later than `to`. */
  between(from: number, to: number): number {
    return (this.#sums[this.#after(to)] ?? 0) - (this.#sums[this.#after(from)] ?? 0);
  }

  /** The most that any window holds; a window is half open. */
  most(windowMs: number): number {
    let most = 0;
    for (const [index, atMs] of this.#at.entries()) {
      const start = this.#sums[index + 1] ?? 0;
      most = Math.max(most, start - (this.#sums[this.#after(atMs - windowMs)] ?? 0));
    }
    return most;
  }

  /** How many charges are not later than `atMs`. */
  #after(atMs: number): number {
    let low = 0;
    let high = this.#at.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#at[middle] ?? 0) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Judges a run from its records, in any order. */
export function judgeHistory(records: readonly Recorded[], workload: Workload): Judgement {
  const inOrder = [...records].sort((a, b) => a.atMs - b.atMs);
  const counters = new Map<string, Counter>();
  let refusedEarly = 0;
  let outOfTime = 0;
  for (const record of inOrder) {
    const { admitted, atMs, sentMs, receivedMs, cost } = record;
    if (atMs < sentMs - toleranceMs || atMs > receivedMs + toleranceMs) outOfTime++;
    let full = false;
    for (const { key, scope, limit, windowMs } of windowsOf(record, workload)) {
      let counter = counters.get(key);
      if (counter === undefined) {
        const kind = `${scope} in ${windowMs} ms`;
        counter = { charges: new Charges(), perhaps: new Charges(), limit, windowMs, kind };
        counters.set(key, counter);
      }
      if (admitted === null) counter.perhaps.add(atMs, cost);
      else if (admitted) counter.charges.add(atMs, cost);
      else {
        const from = atMs - (windowMs * 13) / 12;
        const units = counter.charges.between(from, atMs) + counter.perhaps.between(from - undoneMs, atMs);
        full ||= units + cost > limit;
      }
    }
    if (admitted === false && !full) refusedEarly++;
  }
  const violations: string[] = [];
  const fullest: Record<string, number> = {};
  for (const [key, { charges, limit, windowMs, kind }] of counters) {
    const most = charges.most(windowMs);
    if (most > limit) violations.push(`${key}: ${most} of ${limit}`);
    fullest[kind] = Math.max(fullest[kind] ?? 0, most / limit);
  }
  return {
    decisions: records.length,
    admitted: records.filter(({ admitted }) => admitted).length,
    undecided: records.filter(({ admitted }) => admitted === null).length,
    violations,
    refusedEarly,
    outOfTime,
    fullest,
    sustained: sustained(counters.values(), workload),
  };
}

function sustained(counters: Iterable<Counter>, { longMs, forMs }: Workload): number {
  let units = 0;
  let permitted = 0;
  for (const { charges, limit, kind } of counters) {
    if (kind !== `tenant in ${longMs} ms`) continue;
    units += charges.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    permitted += (limit * forMs) / longMs;
  }
  return units / permitted;
}
