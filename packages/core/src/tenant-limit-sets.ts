import { type LimitSet, limitSet } from './limit-set.js';
import type { LimitShape } from './limit-shape.js';

const maxTenants = 1_000;

/**
 * The limits of whole tenants, one object for all callers of a tenant while they are the same: what is kept for each caller does not hold
 * them again. Bounded; of more tenants than 1,000 some are made again.
 */
export class TenantLimitSets {
  readonly #made = new Map<string, { readonly shape: LimitShape; readonly units: number; readonly set: LimitSet }>();

  of(tenant: string, shape: LimitShape, units: number): LimitSet {
    const known = this.#made.get(tenant);
    if (known !== undefined && known.shape === shape && known.units === units) return known.set;
    const set = limitSet(shape, ['tenant', tenant], units);
    if (this.#made.size >= maxTenants) this.#made.clear();
    this.#made.set(tenant, { shape, units, set });
    return set;
  }
}
