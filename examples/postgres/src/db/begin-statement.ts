import type { Scope } from './database.js';
import { DatabaseError } from './errors.js';
import { sqlIdentifier } from './sql-identifier.js';
import { sqlLiteral } from './sql-literal.js';

/** Time beyond the deadline after which Postgres ends a transaction that this process has forgotten. */
const forgottenAfterMs = 5_000;

/**
 * The script that opens a transaction bound to the scope. Everything is `SET LOCAL`: it ends with the transaction, so nothing
 * of one tenant is left on the connection for the next.
 */
export function beginStatement(scope: Scope, role?: string): string {
  if (scope.tenant === '') throw new DatabaseError('statement', 'a transaction needs a tenant');
  const leftMs = Math.ceil(Math.min(scope.remainingMs(), 2 ** 31 - 1 - forgottenAfterMs));
  return [
    scope.readOnly === true ? 'BEGIN READ ONLY' : 'BEGIN',
    ...(role === undefined ? [] : [`SET LOCAL ROLE ${sqlIdentifier(role)}`]),
    `SET LOCAL app.tenant = ${sqlLiteral(scope.tenant)}`,
    `SET LOCAL statement_timeout = ${Math.max(1, leftMs)}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${Math.max(1, leftMs) + forgottenAfterMs}`,
    `SET LOCAL application_name = ${sqlLiteral(applicationName(scope.tag))}`,
  ].join('; ');
}

function applicationName(tag: string | undefined): string {
  const name = tag === undefined ? 'sallyport' : `sallyport:${tag.replaceAll(/[^A-Za-z0-9_./:@-]/g, '_')}`;
  return name.slice(0, 63);
}
