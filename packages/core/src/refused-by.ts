import type { Admission } from './admission-store.js';
import { ToolError } from './tool-error.js';

/** A decision against a call. */
export type RefusedAdmission = Extract<Admission, { readonly admitted: false }>;

/**
 * What the caller of a refused call is told: which limit refused it, and when to come again.
 *
 * @example
 * ```ts
 * import { refusedBy } from '@sallyport/core/adapter';
 *
 * const limit = '60 calls per minute reached for this agent';
 * refusedBy({ admitted: false, limit, retryAfterMs: 17_000, atMs: 0, remaining: [0] }).code; // 'RATE_LIMITED'
 * ```
 */
export function refusedBy({ limit, isBudget, retryAfterMs }: RefusedAdmission): ToolError {
  return new ToolError(isBudget === true ? 'BUDGET_EXHAUSTED' : 'RATE_LIMITED', `${limit}.`, { limit, retryAfterMs });
}
