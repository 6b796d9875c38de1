import type { CalendarPeriod, LeaseLimit, LimitScope, WindowLimit } from './admission-store.js';
import type { Cost } from './cost.js';
import { assertLimits } from './limits.js';
import type { Principal } from './principal.js';
import type { ToolLimits, ToolLimitsOf } from './tool-limits.js';

/** What is the same for every caller who has these limits. */
export interface LimitShape {
  readonly windows: readonly (Omit<WindowLimit, 'key' | 'cost'> & Scoped & { readonly per: string })[];
  readonly leases: readonly (Omit<LeaseLimit, 'key'> & Scoped)[];
  readonly cost: Cost;
}

interface Scoped {
  readonly scope: LimitScope;
}

/** Asked once per principal object. A function that knows no limits for a plan is a fault, not a licence: the call fails. */
export function limitShapeOf(
  limits: ToolLimitsOf,
  whose: string,
  scope: LimitScope,
  assert: (limits: ToolLimits) => void = assertLimits,
): (principal: Principal) => LimitShape {
  if (typeof limits !== 'function') {
    const shape = limitShape(limits, whose, scope);
    return () => shape;
  }
  const decided = new WeakMap<Principal, LimitShape>();
  return (principal) => {
    const known = decided.get(principal);
    if (known !== undefined) return known;
    const own = limits(principal);
    assert(own);
    const shape = limitShape(own, whose, scope);
    decided.set(principal, shape);
    return shape;
  };
}

/** Everything about limits that does not depend on who calls. */
function limitShape(
  { perMinute, perHour, concurrent, budget = {}, cost = 1 }: ToolLimits,
  whose: string,
  scope: LimitScope,
): LimitShape {
  const { perDay, perMonth } = budget;
  const windows: LimitShape['windows'][number][] = [];
  if (perMinute !== undefined) windows.push(window(perMinute, 60_000, 'minute'));
  if (perHour !== undefined) windows.push(window(perHour, 3_600_000, 'hour'));
  if (perDay !== undefined) windows.push(ofCalendar(perDay, 86_400_000, 'day'));
  if (perMonth !== undefined) windows.push(ofCalendar(perMonth, 31 * 86_400_000, 'month'));
  const reached = `${concurrent} calls at once reached for ${whose}`;
  return { windows, leases: concurrent === undefined ? [] : [{ scope, limit: concurrent, reached }], cost };

  function window(limit: number, windowMs: number, per: string) {
    return { per, scope, limit, windowMs, reached: `${limit} calls per ${per} reached for ${whose}` };
  }

  function ofCalendar(limit: number, windowMs: number, calendar: CalendarPeriod) {
    return {
      per: calendar,
      scope,
      limit,
      windowMs,
      calendar,
      reached: `${limit} units per ${calendar} spent by ${whose}`,
    };
  }
}
