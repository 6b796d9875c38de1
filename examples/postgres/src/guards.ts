import type { HardenedOptions, Principal, Priority } from '@sallyport/core';
import { sizes } from './database.js';

const { maxConnections } = sizes;
/** What waits for a connection is bounded by its deadline as well. */
const callersPerConnection = 4;

/** What a plan's calls are worth when not all can run. A tool may lower it, and so may a client; nobody can raise it. */
const priorities: ReadonlyMap<string, Priority> = new Map([
  ['operations', 'critical'],
  ['free', 'batch'],
  ['nightly', 'background'],
]);

function priorityOf({ plan = '' }: Principal): Priority {
  return priorities.get(plan) ?? 'default';
}

/**
 * How many calls may run. The pool is what is scarce, so the bounds come from it: never fewer than it serves at once, and never so
 * many that the bulkhead of the database, which knows no priorities, refuses before the least important calls are shed.
 */
export const shedding = {
  priorityOf,
  minLimit: maxConnections,
  initialLimit: 2 * maxConnections,
  maxLimit: callersPerConnection * maxConnections,
} satisfies HardenedOptions['shed'];

/**
 * What tools cannot do without. Of those that let a caller choose how long they take, none shares a breaker with the others:
 * whoever asks for slow reports could open it for everybody. When the payment provider hangs, its calls end five at a time, when
 * they have waited five seconds: these must be enough to open the breaker, and leave room for the other tools until then.
 */
export const dependencies = {
  database: { maxConcurrent: callersPerConnection * maxConnections, openMs: 2_000 },
  reports: { maxConcurrent: 20 },
  payments: { maxConcurrent: 5, minimumCalls: 5, slowMs: 3_000, openMs: 2_000 },
} satisfies HardenedOptions['dependencies'];
