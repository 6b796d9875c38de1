import type { LeaseLimit, WindowLimit } from './admission-store.js';
import type { LimitShape } from './limit-shape.js';

/** The limits of one caller, with the keys they are counted under. */
export interface LimitSet {
  readonly windows: readonly WindowLimit[];
  readonly leases: readonly LeaseLimit[];
}

/** The counters of one caller: `parts` tell its own from all others. */
export function limitSet({ windows, leases }: LimitShape, parts: readonly string[], cost: number): LimitSet {
  if (windows.length + leases.length === 0) return nothing;
  return {
    windows: windows.map((window) => windowOf(keyOf([...parts, window.per]), window, cost)),
    leases: leases.map(({ reached, limit, scope }) => ({ key: keyOf(parts), reached, limit, scope })),
  };
}

/**
 * Member by member: there are some for every caller, and V8 gives a literal with a spread and further members a hidden class of its
 * own each time, which takes three times as much as what it describes.
 */
function windowOf(
  key: string,
  { reached, limit, windowMs, calendar, scope }: LimitShape['windows'][number],
  cost: number,
): WindowLimit {
  return calendar === undefined
    ? { key, reached, limit, windowMs, cost, scope }
    : { key, reached, limit, windowMs, cost, scope, calendar };
}

/**
 * The parts as a JSON array. Joined, because it is kept for many callers: the text that `JSON.stringify` makes of an array
 * takes 128 bytes in V8 however short it is, and of one that is added up V8 keeps the pieces.
 */
function keyOf(parts: readonly string[]): string {
  return ['[', parts.map((part) => JSON.stringify(part)).join(','), ']'].join('');
}

const nothing: LimitSet = { windows: [], leases: [] };
