import { DatabaseError } from './database-error.js';
import type { Scope, Tags } from './scope.js';
import { sqlLiteral } from './values/sql-literal.js';

/** Time beyond the deadline after which Postgres ends a transaction that this process has forgotten. */
const forgottenAfterMs = 5_000;

/** How values are written, so that they read the same whatever the pool or the login was configured with. */
const format =
  "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; " +
  "SET LOCAL bytea_output = 'hex'; SET LOCAL client_min_messages = 'error'";

/** A scope, or one without a tenant: that of the framework's own statements. */
export type Bounds = Omit<Scope, 'tenant'> & { readonly tenant: string | undefined };

/**
 * The script that opens a transaction bound to the scope. Everything is `SET LOCAL`: it ends with the transaction, so nothing
 * of one tenant is left on the connection for the next.
 */
export function beginStatement({ tenant, remainingMs, readOnly, tags }: Bounds): string {
  if (tenant === '') throw new DatabaseError('statement', 'a transaction needs a tenant');
  const leftMs = Math.ceil(Math.min(remainingMs(), 2 ** 31 - 1 - forgottenAfterMs));
  return [
    `BEGIN ISOLATION LEVEL READ COMMITTED${readOnly === true ? ', READ ONLY' : ''}`,
    ...(tenant === undefined ? [] : [`SET LOCAL app.tenant = ${sqlLiteral(tenant)}`]),
    // Whatever role a statement before has left on the connection.
    "SET LOCAL role = 'none'",
    `SET LOCAL statement_timeout = ${Math.max(1, leftMs)}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${Math.max(1, leftMs) + forgottenAfterMs}`,
    `SET LOCAL application_name = ${sqlLiteral(applicationName(tags))}`,
    format,
    // A first query, so that from here on the server itself refuses to make the transaction one that writes.
    ...(readOnly === true ? ['SELECT'] : []),
  ].join('; ');
}

function applicationName({ agent, tool }: Tags = {}): string {
  const charged = [agent, tool].filter((part) => part !== undefined).join('/');
  const name = charged === '' ? 'sallyport' : `sallyport:${charged.replaceAll(/[^A-Za-z0-9_./:@-]/g, '_')}`;
  return name.slice(0, 63);
}
