import type { Login } from '../driver.js';
import { sqlIdentifier as id } from '../values/sql-identifier.js';
import { sqlLiteral } from '../values/sql-literal.js';
import { dangerousFunctions, slowFunctions } from './dangerous-functions.js';
import { appRole, auditRole, queryRole } from './role-names.js';
import { type SafetyRule, type SafetyRules, userRelations } from './safety-rule.js';

/** The login that is meant, and how an operator names it: in the variables that set-up reads as well. */
export const rightLogin: Readonly<
  Record<Login, { readonly of: string; readonly role: string; readonly variable: string }>
> = {
  app: { of: 'handlers', role: appRole, variable: 'DATABASE_URL' },
  query: { of: 'agents’ SQL', role: queryRole, variable: 'DATABASE_QUERY_URL' },
};

/** Whatever else is found of such a login is no right to take away, but one that it is meant to have. */
export function meantOtherwise({ login, setUpWith }: SafetyRules): SafetyRule {
  const { of, role, variable } = rightLogin[login];
  const made = setUpWith === undefined ? '' : `, which "${setUpWith}" makes,`;
  return {
    question: `
      select rolname, case when rolsuper then ', a superuser' else '' end
      from pg_catalog.pg_roles
      where rolname = session_user and rolname <> ${sqlLiteral(role)}
      and (rolsuper or rolname in (${[appRole, auditRole, queryRole].map(sqlLiteral).join(', ')}))`,
    describe: ([user = '', power = '']) =>
      `the login of ${of} is ${id(user)}${power}: name ${role}${made} in ${variable}`,
  };
}

/** The login is, or may become, a superuser, who may do everything. */
export const superuser: SafetyRule = {
  question: `
    select rolname from pg_catalog.pg_roles where rolsuper and pg_catalog.pg_has_role(session_user, oid, 'MEMBER')
    order by rolname <> session_user, rolname
    limit 1`,
  describe: ([role = '']) =>
    `the login is, or may become, ${id(role)}, which has SUPERUSER: connect as a login without powers`,
};

/** Powers with which a login steps around row-level security, gives itself such a role, or reads the server's log of changes. */
const powers: SafetyRule = {
  question: `
    select rolname, power from pg_catalog.pg_roles, lateral
      (values (rolbypassrls, 'BYPASSRLS'), (rolcreaterole, 'CREATEROLE'), (rolreplication, 'REPLICATION')) as p (has, power)
    where has and pg_catalog.pg_has_role(session_user, oid, 'MEMBER')
    order by 1, 2`,
  describe: ([role = '', power]) =>
    `the login is, or may become, ${id(role)}, which has ${power}: ALTER ROLE ${id(role)} NO${power}`,
};

/** What powers a login has, what it owns, and what it may do that the other login, or the auditor's, is for. */
export function loginRules({ login, setUpWith }: SafetyRules): SafetyRule[] {
  const { role, variable } = rightLogin[login];
  const right = `name ${role} in ${variable}`;
  const orSetUp = setUpWith === undefined ? '' : `run "${setUpWith}", or `;
  return [
    powers,
    {
      question: owned,
      describe: ([table, role = '']) =>
        `the login owns ${table} (as ${id(role)}): ALTER TABLE ${table} OWNER TO another role`,
    },
    {
      question: trail,
      describe([tables, user = '']) {
        const fix = `REVOKE SELECT, UPDATE, DELETE, TRUNCATE ON ${tables} FROM ${id(user)}`;
        return `${id(user)} may read or change ${tables}, as no login of a server may: ${right}, or ${fix}`;
      },
    },
    ...(login === 'app' ? [lacks(`${orSetUp}${right}`)] : [calls(orSetUp), writes(right)]),
  ];
}

const lacks = (fix: string): SafetyRule => ({
  question: lacking,
  describe: ([rights, user = '']) =>
    `${id(user)} lacks what the login of handlers needs, ${rights}: ${fix}, or GRANT it`,
});

const calls = (orSetUp: string): SafetyRule => ({
  question: callable,
  describe: ([functions, user = '']) =>
    `${id(user)} may call ${functions}: ${orSetUp}REVOKE EXECUTE ON FUNCTION ${functions} FROM PUBLIC, ${id(user)}`,
});

const writes = (right: string): SafetyRule => ({
  question: writable,
  describe([tables, user = '']) {
    const fix = `REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ${tables} FROM ${id(user)}`;
    return `${id(user)} may write to ${tables}: ${right}, or ${fix}`;
  },
});

const owned = `
  select c.oid::regclass::text, pg_catalog.pg_get_userbyid(c.relowner)::text from ${userRelations}
  and c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_catalog.pg_has_role(session_user, c.relowner, 'MEMBER')
  order by 1`;

const callable = `
  select string_agg(call, ', ' order by call), session_user::text from (
    select p.oid::regprocedure::text as call from pg_catalog.pg_proc p
    where (p.proname ~ '${dangerousFunctions}' or p.proname ~ '${slowFunctions}') and pg_catalog.has_function_privilege(session_user, p.oid, 'EXECUTE')
    order by 1
    limit 5
  ) c
  having count(*) > 0`;

const writable = `
  select string_agg(c.oid::regclass::text, ', ' order by c.oid::regclass::text), session_user::text from ${userRelations}
  and c.relkind in ('r', 'p', 'v', 'f')
  and (pg_catalog.has_any_column_privilege(session_user, c.oid, 'INSERT, UPDATE')
    or pg_catalog.has_table_privilege(session_user, c.oid, 'DELETE, TRUNCATE'))
  having count(*) > 0`;

/** What only the auditor may see, and the results of every tenant. Usage is not of it. */
const trail = `
  select string_agg(c.oid::regclass::text, ', ' order by c.relname), session_user::text from ${userRelations}
  and n.nspname = 'sallyport' and c.relname ~ '^(audit_.*|idempotency)$' and c.relkind = 'r'
  and (pg_catalog.has_any_column_privilege(session_user, c.oid, 'SELECT, UPDATE')
    or pg_catalog.has_table_privilege(session_user, c.oid, 'DELETE, TRUNCATE'))
  having count(*) > 0`;

const lacking = `
  select string_agg(lacks, ', '), session_user::text from (
    select 'USAGE ON SCHEMA sallyport' as lacks from pg_catalog.pg_namespace n
    where n.nspname = 'sallyport' and not pg_catalog.has_schema_privilege(session_user, n.oid, 'USAGE')
    union all
    select 'INSERT (tenant, entry) ON ' || c.oid::regclass from ${userRelations}
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
