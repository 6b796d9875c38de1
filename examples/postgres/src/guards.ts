import type { HardenedOptions, Principal, Priority } from '@sallyport/core';

/** What a plan's calls are worth when not all can run. A tool may lower it, and so may a client; nobody can raise it. */
const priorities: ReadonlyMap<string, Priority> = new Map([
  ['operations', 'critical'],
  ['free', 'batch'],
  ['nightly', 'background'],
]);

export function priorityOf({ plan = '' }: Principal): Priority {
  return priorities.get(plan) ?? 'default';
}

/**
 * What tools cannot do without. Of those that let a caller choose how long they take, none shares a breaker with the others:
 * whoever asks for slow reports could open it for everybody.
 */
export const dependencies = {
  /** Four callers for each connection of the pool; what waits for one is bounded by its deadline as well. */
  database: { maxConcurrent: 40, openMs: 2_000 },
  reports: { maxConcurrent: 20 },
  payments: { maxConcurrent: 10, slowMs: 3_000 },
} satisfies HardenedOptions['dependencies'];
