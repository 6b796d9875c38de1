import { DatabaseError } from '../database-error.js';
import type { Login } from '../driver.js';
import type { Session } from '../session.js';
import { sqlIdentifier } from '../values/sql-identifier.js';
import { sqlLiteral } from '../values/sql-literal.js';
import { dangerousFunctions, slowFunctions } from './dangerous-functions.js';
import { appRole, auditRole, queryRole } from './role-names.js';

/** What must hold, and what an operator runs to make it hold. */
export interface SafetyRules {
  readonly tables: readonly string[];
  readonly tenantColumn: string;
  /** Absent where set-up runs at every start. */
  readonly setUpWith?: string;
  readonly login: Login;
}

/** The login that is meant, and how an operator names it: in the variables that set-up reads as well. */
export const rightLogin: Readonly<
  Record<Login, { readonly of: string; readonly role: string; readonly variable: string }>
> = {
  app: { of: 'handlers', role: appRole, variable: 'DATABASE_URL' },
  query: { of: 'agents’ SQL', role: queryRole, variable: 'DATABASE_QUERY_URL' },
};

/**
 * Refuses to go on when the session's role could step around row-level security: when it is, or may become, a
 * superuser, a role that bypasses it, or the owner of a table; when a table that holds the tenant column lacks `FORCE
 * ROW LEVEL SECURITY` or has a permissive policy that does not look at `app.tenant`, or a view over one runs with its
 * owner's rights; and when it may read the audit trail, or change it. The login of handlers must also be able to add to
 * it, and to call the framework's functions; the one of the SQL of agents must be unable to write and to call what
 * {@link dangerousFunctions} names. The error says which role or table it is, and the statement that fixes it; of a login
 * that is meant for something else, only that.
 */
export async function assertSafeRole(
  session: Session,
  { tables, tenantColumn, setUpWith, login }: SafetyRules,
): Promise<void> {
  const holdsTenant = `exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attname = ${sqlLiteral(tenantColumn)} and not a.attisdropped)`;
  const { of, role: rightRole, variable } = rightLogin[login];
  const right = `name ${rightRole} in ${variable}`;
  const orSetUp = setUpWith === undefined ? '' : `run "${setUpWith}", or `;
  // Whatever else is found of such a login is no right to take away, but one that it is meant to have.
  const [mistaken] = await problemsOf(session, meantOtherwise(rightRole), ([user, power]) => {
    const made = setUpWith === undefined ? '' : `, which "${setUpWith}" makes,`;
    return `the login of ${of} is ${id(user)}${power}: name ${rightRole}${made} in ${variable}`;
  });
  if (mistaken !== undefined) throw new DatabaseError('unsafe', mistaken);
  const problems = [
    ...(await problemsOf(session, roles, ([role, power]) => {
      const fix = power === 'SUPERUSER' ? 'connect as a login without powers' : `ALTER ROLE ${id(role)} NO${power}`;
      return `the login is, or may become, ${id(role)}, which has ${power}: ${fix}`;
    })),
    ...(await problemsOf(session, owned, ([table, role]) => {
      return `the login owns ${table} (as ${id(role)}): ALTER TABLE ${table} OWNER TO another role`;
    })),
    ...(await problemsOf(session, unforced(holdsTenant), ([table]) => {
      const fix = `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`;
      return `${table} holds ${tenantColumn}, and row-level security is not forced on it: ${fix}`;
    })),
    ...(await problemsOf(session, openPolicies(holdsTenant), ([table, policy]) => {
      const fix = `DROP POLICY ${id(policy)} ON ${table}, or make it RESTRICTIVE`;
      return `the policy ${id(policy)} lets rows of ${table} be seen without a look at app.tenant: ${fix}`;
    })),
    ...(await problemsOf(session, openViews(holdsTenant), ([view, user]) => {
      return `${view} holds ${tenantColumn} and shows it with its owner's rights: REVOKE SELECT ON ${view} FROM ${id(user)}`;
    })),
    ...(await problemsOf(session, missing(tables), ([what]) => `${what} is missing: run "${setUpWith}"`)),
    ...(await problemsOf(session, trail, ([trailTables, user]) => {
      const fix = `REVOKE SELECT, UPDATE, DELETE, TRUNCATE ON ${trailTables} FROM ${id(user)}`;
      return `${id(user)} may read or change ${trailTables}, as no login of a server may: ${right}, or ${fix}`;
    })),
    ...(login === 'app'
      ? await problemsOf(session, lacking, ([rights, user]) => {
          return `${id(user)} lacks what the login of handlers needs, ${rights}: ${orSetUp}${right}, or GRANT it`;
        })
      : []),
    ...(login === 'query'
      ? await problemsOf(session, callable, ([calls, user]) => {
          return `${id(user)} may call ${calls}: ${orSetUp}REVOKE EXECUTE ON FUNCTION ${calls} FROM PUBLIC, ${id(user)}`;
        })
      : []),
    ...(login === 'query'
      ? await problemsOf(session, writable, ([written, user]) => {
          const fix = `REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ${written} FROM ${id(user)}`;
          return `${id(user)} may write to ${written}: ${right}, or ${fix}`;
        })
      : []),
  ];
  if (problems.length > 0) throw new DatabaseError('unsafe', problems.join('\n'));
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

const meantOtherwise = (right: string): string => `
  select rolname, case when rolsuper then ', a superuser' else '' end
  from pg_catalog.pg_roles
  where rolname = session_user and rolname <> ${sqlLiteral(right)}
  and (rolsuper or rolname in (${[appRole, auditRole, queryRole].map(sqlLiteral).join(', ')}))`;

const roles = `
  select rolname, case when rolsuper then 'SUPERUSER' else 'BYPASSRLS' end
  from pg_catalog.pg_roles
  where (rolsuper or rolbypassrls) and pg_catalog.pg_has_role(session_user, oid, 'MEMBER')
  order by rolname <> session_user, rolname
  limit 1`;

const userTables = `
  pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

const isSuperuser = `(select rolsuper from pg_catalog.pg_roles where rolname = session_user)`;

const owned = `
  select c.oid::regclass::text, pg_catalog.pg_get_userbyid(c.relowner)::text from ${userTables}
  and c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_catalog.pg_has_role(session_user, c.relowner, 'MEMBER')
  and not ${isSuperuser}
  order by 1`;

const unforced = (holdsTenant: string): string => `
  select c.oid::regclass::text from ${userTables}
  and n.nspname <> 'sallyport' and c.relkind in ('r', 'p') and ${holdsTenant} and not (c.relrowsecurity and c.relforcerowsecurity)
  order by 1`;

/** Permissive policies are joined by "or": one that does not ask for the tenant opens the table, whatever the others ask. */
const openPolicies = (holdsTenant: string): string => `
  select c.oid::regclass::text, p.polname::text from pg_catalog.pg_policy p, ${userTables}
  and c.oid = p.polrelid and n.nspname <> 'sallyport' and ${holdsTenant} and p.polpermissive
  and exists (select from unnest(p.polroles) as role
    where case when role = 0 then true else pg_catalog.pg_has_role(session_user, role, 'MEMBER') end)
  and (pg_catalog.pg_get_expr(p.polqual, p.polrelid) !~ 'app[.]tenant'
    or pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) !~ 'app[.]tenant')
  order by 1, 2`;

const openViews = (holdsTenant: string): string => `
  select c.oid::regclass::text, session_user::text from ${userTables}
  and c.relkind in ('v', 'm', 'f') and ${holdsTenant} and pg_catalog.has_table_privilege(session_user, c.oid, 'SELECT')
  and not (c.relkind = 'v' and coalesce('security_invoker=true' = any (c.reloptions) or 'security_invoker=on' = any (c.reloptions), false))
  order by 1`;

const missing = (tables: readonly string[]): string => `
  select 'the schema of the framework' where not exists (select from pg_catalog.pg_namespace where nspname = 'sallyport')
  ${tables.map((table) => `union all select ${sqlLiteral(table)} where pg_catalog.to_regclass(${sqlLiteral(table)}) is null`).join(' ')}`;

const callable = `
  select string_agg(call, ', ' order by call), session_user::text from (
    select p.oid::regprocedure::text as call from pg_catalog.pg_proc p
    where (p.proname ~ '${dangerousFunctions}' or p.proname ~ '${slowFunctions}') and pg_catalog.has_function_privilege(session_user, p.oid, 'EXECUTE')
    order by 1
    limit 5
  ) c
  having count(*) > 0`;

const writable = `
  select string_agg(c.oid::regclass::text, ', ' order by c.oid::regclass::text), session_user::text from ${userTables}
  and c.relkind in ('r', 'p', 'v', 'f')
  and (pg_catalog.has_any_column_privilege(session_user, c.oid, 'INSERT, UPDATE')
    or pg_catalog.has_table_privilege(session_user, c.oid, 'DELETE, TRUNCATE'))
  having count(*) > 0`;

/** What only the auditor may see, and the results of every tenant. Usage is not of it. */
const trail = `
  select string_agg(c.oid::regclass::text, ', ' order by c.relname), session_user::text from ${userTables}
  and n.nspname = 'sallyport' and c.relname ~ '^(audit_.*|idempotency)$' and c.relkind = 'r'
  and (pg_catalog.has_any_column_privilege(session_user, c.oid, 'SELECT, UPDATE')
    or pg_catalog.has_table_privilege(session_user, c.oid, 'DELETE, TRUNCATE'))
  and not ${isSuperuser}
  having count(*) > 0`;

const lacking = `
  select string_agg(lacks, ', '), session_user::text from (
    select 'USAGE ON SCHEMA sallyport' as lacks from pg_catalog.pg_namespace n
    where n.nspname = 'sallyport' and not pg_catalog.has_schema_privilege(session_user, n.oid, 'USAGE')
    union all
    select 'INSERT (tenant, entry) ON ' || c.oid::regclass from ${userTables}
    and n.nspname = 'sallyport' and c.relname = 'audit_entries'
    and not (pg_catalog.has_column_privilege(session_user, c.oid, 'tenant', 'INSERT')
      and pg_catalog.has_column_privilege(session_user, c.oid, 'entry', 'INSERT'))
    union all
    select 'EXECUTE ON FUNCTION ' || string_agg(p.oid::regproc::text, ', ' order by p.proname)
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'sallyport' and not pg_catalog.has_function_privilege(session_user, p.oid, 'EXECUTE')
    having count(*) > 0
  ) l
  having count(*) > 0`;
