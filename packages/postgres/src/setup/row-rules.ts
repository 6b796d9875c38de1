import { sqlIdentifier as id } from '../values/sql-identifier.js';
import { sqlLiteral } from '../values/sql-literal.js';
import { reachable, type SafetyRule, type SafetyRules, userRelations } from './safety-rule.js';
import { printedCasts, printedRules, tenantRuleOf } from './tenant-rule.js';

/**
 * What shows rows of other tenants, or takes them: tables without forced row-level security, other policies than set-up's, and
 * views and functions that run with their owner's rights.
 */
export function rowRules({ tables, tenantColumn }: SafetyRules): SafetyRule[] {
  const holdsTenant = `exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attname = ${sqlLiteral(tenantColumn)} and not a.attisdropped)`;
  const named = `coalesce(c.oid = any (array[${tables.map((table) => `pg_catalog.to_regclass(${sqlLiteral(table)})`)}]::oid[]), false)`;
  const why = `case when ${holdsTenant} then ${sqlLiteral(`holds ${tenantColumn}`)} when ${named} then 'is named in tables'
    when ${reachable} then 'is open to "' || session_user || '"' end`;
  return [
    {
      exemptible: true,
      question: unforced(why),
      describe([table, reason]) {
        const fix = `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`;
        return `${table} ${reason}, and row-level security is not forced on it: ${fix}`;
      },
    },
    {
      exemptible: true,
      question: foreign(why),
      describe: ([table, reason, user = '']) =>
        `${table} ${reason}, and is a foreign table, which has no row-level security: REVOKE ALL ON ${table} FROM ${id(user)}`,
    },
    {
      exemptible: true,
      question: policies(why, tenantColumn),
      describe([, table, policy = '']) {
        const rule = tenantRuleOf(tenantColumn);
        const fix = `DROP POLICY ${id(policy)} ON ${table}, or make it RESTRICTIVE`;
        return `the policy ${id(policy)} lets rows of ${table} be reached by another rule than ${rule}: ${fix}`;
      },
    },
    {
      exemptible: true,
      question: views,
      describe([view, kind, tables, user = '']) {
        const invoker = kind === 'v' ? `ALTER VIEW ${view} SET (security_invoker = true), or ` : '';
        return `${view} shows ${tables} with its owner's rights: ${invoker}REVOKE ALL ON ${view} FROM ${id(user)}`;
      },
    },
    {
      exemptible: true,
      question: functions,
      describe([call, user = '']) {
        const fix = `REVOKE EXECUTE ON ROUTINE ${call} FROM PUBLIC, ${id(user)}, or ALTER ROUTINE ${call} SECURITY INVOKER`;
        return `${id(user)} may call ${call} with its owner's rights: ${fix}`;
      },
    },
  ];
}

/** A partition that no login may reach is reached through its table, whose policies then hold. */
const unforced = (why: string): string => `
  select c.oid::regclass::text, ${why} from ${userRelations}
  and n.nspname <> 'sallyport' and c.relkind in ('r', 'p') and (${why}) is not null
  and not (c.relrowsecurity and c.relforcerowsecurity) and (not c.relispartition or ${reachable})
  order by 1`;

const foreign = (why: string): string => `
  select c.oid::regclass::text, ${why}, session_user::text from ${userRelations}
  and c.relkind = 'f' and ${reachable}
  order by 1`;

/** Permissive policies are joined by "or": one with another rule opens the table, whatever the others ask. */
const policies = (why: string, tenantColumn: string): string => `
  select pg_catalog.quote_ident(p.polname) || ' ON ' || c.oid::regclass, c.oid::regclass::text, p.polname::text
  from pg_catalog.pg_policy p, ${userRelations}
  and c.oid = p.polrelid and n.nspname <> 'sallyport' and (${why}) is not null and p.polpermissive
  and exists (select from unnest(p.polroles) as role
    where case when role = 0 then true else pg_catalog.pg_has_role(session_user, role, 'MEMBER') end)
  and exists (select from (values (p.polqual), (p.polwithcheck)) as part (rule)
    where pg_catalog.regexp_replace(pg_catalog.pg_get_expr(rule, c.oid), '\\s+', ' ', 'g')
      not in (${[...printedRules(tenantColumn), ...printedCasts(tenantColumn)].map(sqlLiteral)}))
  order by 1`;

/** A view with its caller's rights is of no concern by itself; beneath one with its owner's, it has those. */
const views = `
  with recursive beneath (view, relation) as (
    select c.oid, c.oid from ${userRelations} and ${reachable} and (c.relkind = 'm' or c.relkind = 'v' and not exists (
      select from pg_catalog.pg_options_to_table(c.reloptions)
      where option_name = 'security_invoker' and option_value::boolean))
    union
    select b.view, d.refobjid from beneath b
    join pg_catalog.pg_rewrite r on r.ev_class = b.relation and r.ev_type = '1'
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
      and d.refclassid = 'pg_catalog.pg_class'::regclass
  )
  select b.view::regclass::text, v.relkind::text, string_agg(c.oid::regclass::text, ', ' order by c.oid::regclass::text), session_user::text
  from beneath b join pg_catalog.pg_class v on v.oid = b.view, ${userRelations}
  and c.oid = b.relation and c.relkind in ('r', 'p', 'f')
  group by b.view, v.relkind
  order by 1`;

/** A trigger's function cannot be called. */
const functions = `
  select p.oid::regprocedure::text, session_user::text
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.prosecdef and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sallyport')
  and p.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
  and pg_catalog.has_schema_privilege(session_user, n.oid, 'USAGE')
  and pg_catalog.has_function_privilege(session_user, p.oid, 'EXECUTE')
  order by 1`;
