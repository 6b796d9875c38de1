import { defaultAgentLimits } from '@sallyport/core';

/** What a pool is meant to carry. */
export interface Demand {
  /** Agents expected at once on this instance. */
  readonly agents: number;
  /** Calls one agent may have running. Default: what the default limits allow, 5. */
  readonly concurrent?: number;
}

/**
 * Says, with the sum, that the pool is smaller than what its agents may ask of it at once; `undefined` when it is not. Calls
 * beyond the pool wait for a permit, or are refused with `DEPENDENCY_UNAVAILABLE` when the wait would outlast their deadline.
 *
 * @example
 * ```ts
 * import { poolShortage } from '@sallyport/postgres';
 *
 * console.log(poolShortage(10, { agents: 4, concurrent: 5 }) ?? 'large enough');
 * ```
 */
export function poolShortage(
  max: number,
  { agents, concurrent = defaultAgentLimits.concurrent ?? 1 }: Demand,
): string | undefined {
  const wanted = agents * concurrent;
  if (max >= wanted) return undefined;
  return (
    `the pool has ${max} connections, and ${agents} agents × ${concurrent} calls at once make ${wanted}: ` +
    `raise the pool's max to ${wanted}, or lower the limit of concurrent calls to ${Math.max(1, Math.floor(max / agents))}`
  );
}
