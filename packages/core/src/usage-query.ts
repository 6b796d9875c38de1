import type { UsageQuery } from './usage-store.js';

const dayMs = 86_400_000;
/** Longer ranges are a mistake in a date. */
const maxDays = 3_660;

/** A query with its defaults, and its days one by one. */
export interface CheckedUsageQuery extends Required<Omit<UsageQuery, 'tenant'>> {
  readonly tenant: string | undefined;
  readonly days: readonly string[];
}

/**
 * For stores: the query as it is meant. Throws a `RangeError` for what is no day of the calendar, for a range that ends before it
 * begins, and for a grouping or a number of rows that is none.
 *
 * @example
 * ```ts
 * import { checkedUsageQuery } from '@sallyport/core';
 *
 * checkedUsageQuery({ from: '2026-02-27', to: '2026-03-01', by: 'agent' }).days; // three days
 * ```
 */
export function checkedUsageQuery({ from, to, by, top = 20, tenant }: UsageQuery): CheckedUsageQuery {
  const [first, last] = [startOf(from), startOf(to)];
  if (last < first) throw new RangeError(`the range ends on ${to}, before it begins on ${from}`);
  if (last - first > maxDays * dayMs) throw new RangeError(`from ${from} to ${to} are more than ${maxDays} days`);
  if (by !== 'agent' && by !== 'tenant' && by !== 'tool') throw new RangeError(`usage is not summed by ${String(by)}`);
  if (!Number.isSafeInteger(top) || top < 1) throw new RangeError('top must be a positive whole number');
  const days: string[] = [];
  for (let day = first; day <= last; day += dayMs) days.push(utcDay(day));
  return { from, to, by, top, tenant, days };
}

/**
 * The day in UTC of a time in milliseconds since 1970.
 *
 * @example
 * ```ts
 * import { systemUtc, utcDay } from '@sallyport/core';
 *
 * utcDay(systemUtc()); // '2026-11-26'
 * ```
 */
export function utcDay(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 10);
}

function startOf(day: string): number {
  const at = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(at) || utcDay(at) !== day)
    throw new RangeError(`${String(day)} is no day such as 2026-11-26`);
  return at;
}
