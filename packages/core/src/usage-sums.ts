import type { UsageEntry, UsageQuery, UsageRow, UsageTotals } from './usage-store.js';

/** Totals that grow. */
export type GrowingTotals = { -readonly [Field in keyof UsageTotals]: number };

/** Nothing yet. */
export function noUsage(): GrowingTotals {
  return { calls: 0, handlerMs: 0, inputTokens: 0, outputTokens: 0, cost: 0 };
}

/** Adds to totals. */
export function addUsage(sum: GrowingTotals, more: UsageTotals): void {
  sum.calls += more.calls;
  sum.handlerMs += more.handlerMs;
  sum.inputTokens += more.inputTokens;
  sum.outputTokens += more.outputTokens;
  sum.cost += more.cost;
}

/**
 * For stores that sum up what they read themselves: one row for each agent, tenant or tool.
 *
 * @example
 * ```ts
 * import { type UsageEntry, UsageSums } from '@sallyport/core';
 *
 * const spenders = (entries: UsageEntry[]) => {
 *   const sums = new UsageSums('agent');
 *   for (const entry of entries) sums.add(entry);
 *   return sums.top(10);
 * };
 * ```
 */
export class UsageSums {
  readonly #by: UsageQuery['by'];
  readonly #sums = new Map<string, { readonly names: Partial<UsageEntry>; readonly totals: GrowingTotals }>();

  constructor(by: UsageQuery['by']) {
    this.#by = by;
  }

  /** Adds an entry to the row it belongs to. */
  add(entry: UsageEntry): void {
    const names = this.#namesOf(entry);
    const key = JSON.stringify(Object.values(names));
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = { names, totals: noUsage() };
      this.#sums.set(key, sum);
    }
    addUsage(sum.totals, entry);
  }

  /** The dearest rows first: by cost, then by calls, then by name. */
  top(count: number): UsageRow[] {
    return [...this.#sums]
      .sort(
        ([oneKey, { totals: one }], [otherKey, { totals: other }]) =>
          other.cost - one.cost || other.calls - one.calls || (oneKey < otherKey ? -1 : 1),
      )
      .slice(0, count)
      .map(([, { names, totals }]) => ({ ...names, ...totals }));
  }

  #namesOf({ tenant, issuer, agent, tool }: UsageEntry): Partial<UsageEntry> {
    if (this.#by === 'agent') return { tenant, issuer, agent };
    return this.#by === 'tenant' ? { tenant } : { tool };
  }
}
