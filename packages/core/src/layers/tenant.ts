import type { Layer } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import { leanLayer } from '../lean-layer.js';
import type { WithPrincipal } from '../principal.js';
import { ToolError } from '../tool-error.js';

/** What `tenant` puts on the call. */
export interface WithTenant {
  /** The tenant every query and downstream call of this handler is bound to. */
  readonly tenant: string;
}

/** Fits a path segment, a key and a setting without quoting. */
const valid = /^[A-Za-z0-9_.:@-]{1,128}$/;

/**
 * Whether the text can name a tenant: 1 to 128 letters, digits and `_.:@-`.
 *
 * @example
 * ```ts
 * import { isTenantName } from '@sallyport/core';
 *
 * isTenantName('acme'); // true
 * isTenantName('acme/../globex'); // false
 * ```
 */
export function isTenantName(name: unknown): name is string {
  return typeof name === 'string' && valid.test(name);
}

/**
 * Binds the call to the tenant of its verified principal. Arguments never decide it. A principal without a tenant is
 * refused with `TENANT_FORBIDDEN`, unless the server has only one tenant and says so with `fallback`.
 *
 * @example
 * ```ts
 * import { authorize, createStack, tenant } from '@sallyport/core';
 *
 * createStack().use(authorize()).use(tenant()); // callers whose token names no tenant are refused
 * createStack().use(authorize()).use(tenant('acme')); // they are all of this one
 * ```
 */
export function tenant(fallback?: string): Layer<WithPrincipal, WithTenant> {
  if (fallback !== undefined && !isTenantName(fallback))
    throw new RangeError(`"${fallback}" is not a valid tenant name`);
  return leanLayer<WithPrincipal, WithTenant, unknown>({
    name: 'tenant',
    policy: () => ({ from: 'principal', ...(fallback === undefined ? {} : { fallback }) }),
    wrap: (next) => (call) => {
      const bound = call.principal.tenant ?? fallback;
      if (bound === undefined) throw new ToolError('TENANT_FORBIDDEN', 'The access token names no tenant.');
      if (!isTenantName(bound)) {
        throw new ToolError('TENANT_FORBIDDEN', 'The tenant of the access token is not a valid name.');
      }
      return next(LeanCall.passOn(call, { tenant: bound }));
    },
  });
}
