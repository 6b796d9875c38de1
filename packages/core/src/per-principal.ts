import type { Principal } from './principal.js';

/**
 * Makes it for a principal, and keeps it from the second time on. The edge hands out one object for as long as it keeps the
 * token; of agents who are too many for that most come once with each, and what a `WeakMap` keeps for them grows old first.
 */
export function perPrincipal<T>(
  make: (principal: Principal, tenant: string) => T,
): (principal: Principal, tenant: string) => T {
  const made = new WeakMap<Principal, { tenant: string; value: T } | typeof once>();
  return (principal, tenant) => {
    const known = made.get(principal);
    if (known !== undefined && known !== once && known.tenant === tenant) return known.value;
    const value = make(principal, tenant);
    made.set(principal, known === undefined ? once : { tenant, value });
    return value;
  };
}

const once = Symbol('once');
