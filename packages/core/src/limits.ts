import type { Principal } from './principal.js';

/**
 * What may be spent in a day and in a month of UTC, in the units that calls cost: as many calls, where no tool says a `cost`.
 * What is refused beyond it is `BUDGET_EXHAUSTED`, until the day or the month is over.
 */
export interface Budget {
  readonly perDay?: number;
  readonly perMonth?: number;
}

/** Limits as users state them. A missing field means: not limited in this way. */
export interface Limits {
  /** Units in any rolling minute. */
  readonly perMinute?: number;
  /** Units in any rolling hour. */
  readonly perHour?: number;
  /** Calls running at once. */
  readonly concurrent?: number;
  readonly budget?: Budget;
}

/** Limits that every caller has, or that depend on who calls (its plan); decided once per verified token. */
export type LimitsOf = Limits | ((principal: Principal) => Limits);

/** What an agent may do when nothing else is said. */
export const defaultAgentLimits: Limits = { perMinute: 60, perHour: 1_000, concurrent: 5 };

/** Throws a `RangeError` unless these are limits, each a positive number. `but` is a field of another kind, left unread. `{}` is no limits at all. */
export function assertLimits(limits: Limits, but?: string): void {
  if (!isRecord(limits)) throw new RangeError('they are not an object');
  for (const [name, value] of Object.entries(limits)) {
    if (name === but) continue;
    if (name === 'budget') assertBudget(value);
    else if (!limitNames.has(name)) throw new RangeError(`${name} is not a limit`);
    else assertPositive(name, value);
  }
}

function assertBudget(budget: unknown): void {
  if (budget === undefined) return;
  if (!isRecord(budget)) throw new RangeError('budget is not an object');
  for (const [name, value] of Object.entries(budget)) {
    if (!budgetNames.has(name)) throw new RangeError(`${name} is not a budget`);
    assertPositive(name, value);
  }
}

function assertPositive(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value > 0)) throw new RangeError(`${name} must be a positive number`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const limitNames: ReadonlySet<string> = new Set(['perMinute', 'perHour', 'concurrent']);
const budgetNames: ReadonlySet<string> = new Set(['perDay', 'perMonth']);
