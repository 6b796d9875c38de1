import { utcDay } from '@sallyport/core';
import { CannotRun } from '../cannot-run.js';

const dayMs = 86_400_000;

/** The days to sum: from `--from` to `--to`, or the last `--days`, today in UTC among them. Default 30 days. */
export function usageRange(
  {
    days,
    from,
    to,
  }: { readonly days?: number | undefined; readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
): { readonly from: string; readonly to: string } {
  if (days !== undefined && from !== undefined) throw new CannotRun('give either --days or --from, not both');
  const last = to ?? utcDay(now);
  if (from !== undefined) return { from, to: last };
  const end = Date.parse(last);
  if (Number.isNaN(end)) throw new CannotRun('--to takes a day as 2026-11-26');
  return { from: utcDay(end - ((days ?? 30) - 1) * dayMs), to: last };
}
