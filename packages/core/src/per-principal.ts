import type { Principal } from './principal.js';
import { Recent } from './recent.js';

/** Of more who take turns each call makes it anew, which takes some microseconds. What is kept for one takes 1 to 3 KB. */
const most = 1_000;
const once = Symbol('once');

/**
 * Makes it for a principal, and keeps it from the second time on for those who came last. The edge hands out one object for as long as
 * it keeps the token; of agents who are too many for that most come once with each, and what is kept for them grows old first.
 */
export function perPrincipal<T>(
  make: (principal: Principal, tenant: string) => T,
): (principal: Principal, tenant: string) => T {
  const made = new Recent<Principal, { tenant: string; value: T } | typeof once>(most);
  return (principal, tenant) => {
    const known = made.get(principal);
    if (known !== undefined && known !== once && known.tenant === tenant) return known.value;
    const value = make(principal, tenant);
    made.set(principal, known === undefined ? once : { tenant, value });
    return value;
  };
}
