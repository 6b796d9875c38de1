import { withSession } from '../pg/with-session.js';
import type { Session } from '../session.js';

/** Runs `work` as the login of the auditor, on a session that operators see by `name`. */
export type AsAuditor = <T>(name: string, work: (session: Session) => Promise<T>) => Promise<T>;

/** The auditor of the database that the environment names. Throws a `TypeError` when it is used and names none. */
export function auditorOf({ DATABASE_AUDIT_URL: url = '' }: NodeJS.ProcessEnv): AsAuditor {
  return async (name, work) => {
    if (url === '') throw new TypeError('DATABASE_AUDIT_URL: set it to the login of sallyport_audit');
    return withSession(url, name, work);
  };
}
