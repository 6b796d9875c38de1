import { assertCost, type Cost } from './cost.js';
import { assertLimits, type Limits } from './limits.js';
import type { Principal } from './principal.js';

/** Limits of one agent on one tool, and how much of them a call takes. */
export interface ToolLimits extends Limits {
  /**
   * Units a call takes from every window that applies to it, also from those of its agent and its tenant. Default 1. Computed
   * from the raw arguments, which are not validated yet; when that throws or gives no number from 1 up, 1.
   */
  readonly cost?: Cost;
}

/** The same for every caller, or by who calls (its plan); decided once per verified token. */
export type ToolLimitsOf = ToolLimits | ((principal: Principal) => ToolLimits);

/** Throws a `RangeError` unless these are limits of a tool, each a positive number, and a cost. */
export function assertToolLimits(limits: ToolLimits): void {
  assertLimits(limits, 'cost');
  assertCost(limits.cost);
}
