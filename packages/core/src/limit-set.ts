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
  const key = JSON.stringify(parts);
  return {
    windows: windows.map(({ per, ...window }) => ({
      // Not joined to the key: of such a text V8 keeps the parts as well, and stores keep it for very many callers.
      key: JSON.stringify([...parts, per]),
      ...window,
    })),
    leases: leases.map((lease) => ({ key, ...lease })),
  };
}

const nothing: LimitSet = { windows: [], leases: [] };
