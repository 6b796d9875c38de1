import type { LeaseLimit, WindowLimit } from './admission-store.js';
import type { Admissions, Passed } from './admissions.js';
import { type Cost, isTooDear } from './cost.js';
import type { LimitSet } from './limit-set.js';

/** All that applies to the calls of one caller, with the window that can never admit one. */
export interface Applying {
  readonly windows: readonly WindowLimit[];
  readonly leases: readonly LeaseLimit[];
  readonly never: WindowLimit | undefined;
  /** When it is a function, it is asked for each call. */
  readonly cost: Cost;
  /** Where an admission is counted: at each of these limits. */
  readonly passed: readonly Passed[];
}

/** All these limits together. */
export function applying(sets: readonly LimitSet[], cost: Cost, admissions: Admissions): Applying {
  const windows = joined(sets.map((set) => set.windows));
  const leases = joined(sets.map((set) => set.leases));
  const passed = [...windows, ...leases].map(({ reached }) => admissions.of(reached));
  return { windows, leases, never: windows.find(isTooDear), cost, passed };
}

/** At its length, unlike what is flattened or pushed to: it is kept for many callers. */
function joined<T>(lists: readonly (readonly T[])[]): readonly T[] {
  return ([] as T[]).concat(...lists);
}
