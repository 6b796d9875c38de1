import { DatabaseError } from './errors.js';
import type { Session } from './session.js';
import { sqlIdentifier } from './sql-identifier.js';

/**
 * Functions with which a query could leave its tenant, its transaction or the server: the same pattern that
 * `migrations/repeat-privileges.sql` revokes. A test holds the two together.
 */
export const dangerousFunctions =
  '^(set_config|pg_sleep.*|pg_(try_)?advisory_.*|lo_.*|loread|lowrite|pg_read_.*|pg_ls_.*|pg_stat_file|pg_cancel_backend' +
  '|pg_terminate_backend|pg_notify|pg_export_snapshot|pg_logical_emit_message|pg_log_backend_memory_contexts|pg_stat_reset.*' +
  '|pg_stat_get_activity|pg_stat_get_backend_activity|pg_stat_statements.*|dblink.*|xpath_table|crosstab.*|connectby' +
  '|translate|ts_stat|query_to_xml.*|cursor_to_xml.*|table_to_xml.*|schema_to_xml.*|database_to_xml.*)$';

/**
 * Refuses to go on when the session's role could step around row-level security: when it is, or may become, a superuser, a
 * role that bypasses it, or the owner of a table; when a table that holds `tenant_id` lacks `FORCE ROW LEVEL SECURITY`, or a view
 * over one runs with its owner's rights. With `readsOnly` (the role of free-form queries) it must also be unable to write and
 * to call what {@link dangerousFunctions} names. The error says which role or table it is, and the statement that fixes it.
 */
export async function assertSafeRole(session: Session, { readsOnly = false } = {}): Promise<void> {
  const problems = [
    ...(await problemsOf(session, roles, ([role, power]) => {
      const fix = power === 'SUPERUSER' ? 'connect as sallyport_app' : `ALTER ROLE ${id(role)} NO${power}`;
      return `the login is, or may become, ${id(role)}, which has ${power}: ${fix}`;
    })),
    ...(await problemsOf(session, owned, ([table, role]) => {
      return `the login owns ${table} (as ${id(role)}): ALTER TABLE ${table} OWNER TO another role`;
    })),
    ...(await problemsOf(session, unforced, ([table]) => {
      const fix = `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`;
      return `${table} holds tenant_id, and row-level security is not forced on it: ${fix}`;
    })),
    ...(await problemsOf(session, openViews, ([view, user]) => {
      return `${view} holds tenant_id and shows it with its owner's rights: REVOKE SELECT ON ${view} FROM ${id(user)}`;
    })),
    ...(await problemsOf(session, missing, () => 'the tables are missing: run "npx pnpm@12 migrate"')),
    ...(readsOnly ? await readerProblems(session) : []),
  ];
  if (problems.length > 0) throw new DatabaseError('unsafe', problems.join('\n'));
}

async function readerProblems(session: Session): Promise<string[]> {
  return [
    ...(await problemsOf(session, callable, ([call, user]) => {
      return `${id(user)} may call ${call}: run "npx pnpm@12 migrate", or REVOKE EXECUTE ON FUNCTION ${call} FROM PUBLIC`;
    })),
    ...(await problemsOf(session, writable, ([table, user]) => {
      return `${id(user)} may write to ${table}: REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ${table} FROM ${id(user)}`;
    })),
  ];
}

async function problemsOf(
  session: Session,
  question: string,
  describe: (row: readonly string[]) => string,
): Promise<string[]> {
  const { rows } = await session.statement(question);
  return rows.map((row) => describe(row.map((value) => value ?? '')));
}

const id = (name = ''): string => sqlIdentifier(name);

const roles = `
  select rolname, case when rolsuper then 'SUPERUSER' else 'BYPASSRLS' end
  from pg_catalog.pg_roles
  where (rolsuper or rolbypassrls) and pg_catalog.pg_has_role(session_user, oid, 'MEMBER')
  order by rolname <> session_user, rolname
  limit 1`;

const userTables = `
  pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

const holdsTenant = `exists (
  select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)`;

const owned = `
  select c.oid::regclass::text, pg_catalog.pg_get_userbyid(c.relowner)::text from ${userTables}
  and c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_catalog.pg_has_role(session_user, c.relowner, 'MEMBER')
  and not (select rolsuper from pg_catalog.pg_roles where rolname = session_user)
  order by 1`;

const unforced = `
  select c.oid::regclass::text from ${userTables}
  and c.relkind in ('r', 'p') and ${holdsTenant} and not (c.relrowsecurity and c.relforcerowsecurity)
  order by 1`;

const openViews = `
  select c.oid::regclass::text, session_user::text from ${userTables}
  and c.relkind in ('v', 'm', 'f') and ${holdsTenant} and pg_catalog.has_table_privilege(session_user, c.oid, 'SELECT')
  and not (c.relkind = 'v' and coalesce(c.reloptions::text[] && array['security_invoker=true', 'security_invoker=on'], false))
  order by 1`;

const missing = `select 1 where to_regclass('invoices') is null`;

const callable = `
  select p.oid::regprocedure::text, session_user::text from pg_catalog.pg_proc p
  where p.proname ~ '${dangerousFunctions}' and pg_catalog.has_function_privilege(session_user, p.oid, 'EXECUTE')
  order by 1
  limit 5`;

const writable = `
  select c.oid::regclass::text, session_user::text from ${userTables}
  and c.relkind in ('r', 'p', 'v', 'f')
  and (pg_catalog.has_any_column_privilege(session_user, c.oid, 'INSERT, UPDATE')
    or pg_catalog.has_table_privilege(session_user, c.oid, 'DELETE, TRUNCATE'))
  order by 1`;
