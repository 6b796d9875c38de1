import type { RecordedCall } from './history.js';

/** Some calls in few words. */
export interface Summary {
  readonly calls: number;
  readonly codes: Readonly<Record<string, number>>;
  /** Of those that succeeded, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function summaryOf(calls: readonly RecordedCall[]): Summary {
  const codes: Record<string, number> = {};
  for (const { code } of calls) codes[code] = (codes[code] ?? 0) + 1;
  const took = calls.filter(({ code }) => code === 'ok').map(({ sentAt, receivedAt }) => receivedAt - sentAt);
  return { calls: calls.length, codes, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
}

/** The smallest value that so large a share of all do not exceed; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
