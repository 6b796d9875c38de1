import type { LeaseLimit, WindowLimit } from './admission-store.js';
import type { LimitShape } from './limit-shape.js';

/** The limits of one caller, with the keys they are counted under. */
export interface LimitSet {
  readonly windows: readonly Omit<WindowLimit, 'cost'>[];
  readonly leases: readonly LeaseLimit[];
}

/** The counters of one caller: `parts` tell its own from all others. */
export function limitSet({ windows, leases }: LimitShape, parts: readonly string[]): LimitSet {
  if (windows.length + leases.length === 0) return nothing;
  return {
    windows: windows.map(({ per, ...window }) => ({ key: keyOf([...parts, per]), ...window })),
    leases: leases.map((lease) => ({ key: keyOf(parts), ...lease })),
  };
}

/**
 * The parts as a JSON array. Joined, because stores keep it for very many callers: the text that `JSON.stringify` makes of an array
 * takes 128 bytes in V8 however short it is, and of one that is added up V8 keeps the pieces.
 */
function keyOf(parts: readonly string[]): string {
  return ['[', parts.map((part) => JSON.stringify(part)).join(','), ']'].join('');
}

const nothing: LimitSet = { windows: [], leases: [] };
