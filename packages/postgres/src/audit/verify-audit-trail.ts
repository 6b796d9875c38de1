import type { Session } from '../session.js';
import { auditSource } from './audit-source.js';
import { type AuditVerification, type VerifyOptions, verifyAudit } from './verify-audit.js';

/**
 * Verifies the trail of a database as it is at one moment, while others write to it, as the auditor's login.
 *
 * @example
 * ```ts
 * import { type VerifyOptions, verifyAuditTrail, withSession } from '@sallyport/postgres';
 *
 * const verify = (url: string, options: VerifyOptions) =>
 *   withSession(url, 'verify', (session) => verifyAuditTrail(session, options));
 * ```
 */
export async function verifyAuditTrail(session: Session, options: VerifyOptions): Promise<AuditVerification> {
  await session.script('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  try {
    return await verifyAudit(auditSource(session), options);
  } finally {
    await session.script('ROLLBACK');
  }
}
