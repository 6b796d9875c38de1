import type { WindowLimit } from './admission-store.js';
import { ToolError } from './tool-error.js';

/**
 * Units a call takes from every window: a number, or computed from the raw arguments, which are not validated yet. What is computed is 1 at
 * least.
 */
export type Cost = number | ((input: unknown) => number);

/** Throws a `RangeError` unless this is a cost, or none. */
export function assertCost(cost: unknown): void {
  if (cost === undefined || typeof cost === 'function') return;
  if (typeof cost !== 'number' || !(cost > 0)) throw new RangeError('cost must be a positive number or a function');
}

/** The arguments may be anything, and must not make a call free: what they make of the cost that is no number from 1 up is 1. */
export function computedUnits(cost: (input: unknown) => number, input: unknown): number {
  try {
    return Math.max(1, Number(cost(input)) || 1);
  } catch {
    return 1;
  }
}

/** Whether no call could ever pass this window. */
export function isTooDear({ cost, limit }: WindowLimit): boolean {
  return cost > limit;
}

/** Not `RATE_LIMITED`: to wait and try again would never help. */
export function tooDear({ cost, limit, reached }: WindowLimit): ToolError {
  return new ToolError(
    'INVALID_INPUT',
    `This call costs ${cost} units, and a window that lets ${limit} through can never admit it. Ask for less at once.`,
    { limit: reached },
  );
}
