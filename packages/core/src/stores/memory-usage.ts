import { systemUtc } from '../clock.js';
import { checkedUsageQuery, utcDay } from '../usage-query.js';
import type { UsageEntry, UsageOwner, UsageStore } from '../usage-store.js';
import { addUsage, type GrowingTotals, UsageSums } from '../usage-sums.js';

/** Bounds of the memory store. */
export interface MemoryUsageOptions {
  /** Days that are kept, today included. Default 92. */
  readonly retentionDays?: number;
  /** Rows of all days that are kept: one for each agent on each tool and day. Default 20,000. */
  readonly maxRows?: number;
  /** Milliseconds since 1970 in UTC. Default: the wall clock. */
  readonly utcNow?: () => number;
}

/** Sources whose last batch is remembered; in one process there is one. */
const maxSources = 1_000;

/**
 * Usage of one process, in memory: it is gone with the process. What comes when all rows are in use is counted under `*`.
 *
 * @example
 * ```ts
 * import { memoryUsage, UsageMeter } from '@sallyport/core';
 *
 * const store = memoryUsage({ retentionDays: 31 });
 * const meter = new UsageMeter(store);
 * const spenders = () => store.read({ from: '2026-11-01', to: '2026-11-26', by: 'agent', top: 10 });
 * ```
 */
export function memoryUsage({
  retentionDays = 92,
  maxRows = 20_000,
  utcNow = systemUtc,
}: MemoryUsageOptions = {}): UsageStore {
  const days = new Map<string, Map<string, UsageOwner & GrowingTotals>>();
  const sources = new Map<string, number>();

  const oldestDay = () => utcDay(utcNow() - (retentionDays - 1) * 86_400_000);
  const forget = () => {
    const oldest = oldestDay();
    for (const day of days.keys()) if (day < oldest) days.delete(day);
  };
  // Counted only where a row is to be added.
  const isFull = () => {
    let rows = 0;
    for (const day of days.values()) rows += day.size;
    return rows >= maxRows;
  };
  const isNew = (source: string, number: number): boolean => {
    if (number <= (sources.get(source) ?? Number.NEGATIVE_INFINITY)) return false;
    sources.delete(source);
    sources.set(source, number);
    const [oldest] = sources.keys();
    if (sources.size > maxSources && oldest !== undefined) sources.delete(oldest);
    return true;
  };
  const add = (day: Map<string, UsageOwner & GrowingTotals>, entry: UsageEntry): void => {
    const { tenant, issuer, agent, tool } = entry;
    const key = JSON.stringify([tenant, issuer, agent, tool]);
    const known = day.get(key);
    if (known !== undefined) addUsage(known, entry);
    else if (tenant !== '*' && isFull()) add(day, { ...entry, tenant: '*', issuer: '*', agent: '*', tool: '*' });
    else day.set(key, { ...entry });
  };

  return {
    async record({ source, number, day, entries }) {
      forget();
      if (!isNew(source, number) || day < oldestDay()) return;
      let own = days.get(day);
      if (own === undefined) {
        own = new Map();
        days.set(day, own);
      }
      for (const entry of entries) add(own, entry);
    },
    async read(query) {
      forget();
      const asked = checkedUsageQuery(query);
      const sums = new UsageSums(asked.by);
      for (const day of asked.days) {
        for (const entry of days.get(day)?.values() ?? [])
          if (asked.tenant === undefined || entry.tenant === asked.tenant) sums.add(entry);
      }
      return sums.top(asked.top);
    },
  };
}
