import type { AdmissionRequest } from '@sallyport/core';

/** One lease of the many that share a limit. */
export function leaseOf(id: string, limit: number, leaseMs: number): AdmissionRequest {
  return { id, tenant: 'acme', windows: [], leases: [{ key: 'slots', reached: 'at once', limit }], leaseMs };
}
