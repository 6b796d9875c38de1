import type { Principal } from './principal.js';

/** Limits as users state them. A missing field means: not limited in this way. */
export interface Limits {
  /** Units in any rolling minute. */
  readonly perMinute?: number;
  /** Units in any rolling hour. */
  readonly perHour?: number;
  /** Calls running at once. */
  readonly concurrent?: number;
}

/** Limits that every caller has, or that depend on who calls (its plan); decided once per verified token. */
export type LimitsOf = Limits | ((principal: Principal) => Limits);

/** What an agent may do when nothing else is said. */
export const defaultAgentLimits: Limits = { perMinute: 60, perHour: 1_000, concurrent: 5 };

/** Throws a `RangeError` unless these are limits, each a positive number. `but` is a field of another kind, left unread. `{}` is no limits at all. */
export function assertLimits(limits: Limits, but?: string): void {
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits))
    throw new RangeError('they are not an object');
  for (const [name, value] of Object.entries(limits)) {
    if (name === but) continue;
    if (!limitNames.has(name)) throw new RangeError(`${name} is not a limit`);
    if (typeof value !== 'number' || !(value > 0)) throw new RangeError(`${name} must be a positive number`);
  }
}

const limitNames: ReadonlySet<string> = new Set(['perMinute', 'perHour', 'concurrent']);
