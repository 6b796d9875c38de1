import { type HardenedCall, type HardenedOptions, type HardenedPolicy, hardened, type Stack } from '@sallyport/core';
import type { ObservePolicy } from '@sallyport/observe';
import {
  type AuditOptions,
  type AuditPolicy,
  auditTrail,
  type Database,
  postgresIdempotency,
  tenantDb,
  type WithDb,
} from '@sallyport/postgres';

/** What a handler of this server finds on its call. */
export type ToolCall = HardenedCall & WithDb;

/** The shipped stack, inside it the database, bound to the call's tenant, and the audit trail of every write. */
export type ToolStack = Stack<ToolCall, HardenedPolicy & ObservePolicy & AuditPolicy>;

/**
 * The stack of every tool: idempotency keys are kept in the database, beside the effects they stand for. Who observes it
 * also counts what the audit trail could not write.
 */
export function toolStack(
  database: Database,
  options: HardenedOptions<ObservePolicy> = {},
  audit: AuditOptions = {},
): ToolStack {
  const trail = auditTrail(audit);
  return hardened({ idempotency: postgresIdempotency(database), ...options })
    .use(tenantDb(database))
    .use(options.observe?.watch(trail) ?? trail);
}
