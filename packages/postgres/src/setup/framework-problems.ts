import type { Session } from '../session.js';
import { sqlLiteral } from '../values/sql-literal.js';
import { frameworkParts, frameworkVersions } from './framework-schema.js';
import type { SafetyRules } from './safety-rule.js';

/** Why the framework's schema is not the one this code needs: it is older, or not whole. A newer one is as good. */
export async function frameworkProblems(session: Session, { setUpWith }: SafetyRules): Promise<string[]> {
  const [readable] = await firstColumn(session, readableSql);
  if (readable !== 't') {
    return [`the schema of the framework is older than this package, or not for this login: run "${setUpWith}"`];
  }
  const applied = await firstColumn(session, 'select name from sallyport.migrations');
  const pending = frameworkVersions.filter((name) => !applied.includes(name));
  if (pending.length > 0) {
    return [
      `the schema of the framework is older than this package, without ${pending.join(', ')}: run "${setUpWith}"`,
    ];
  }
  const gone = await firstColumn(session, goneSql);
  if (gone.length === 0) return [];
  return [
    `the schema of the framework has lost ${gone.join(', ')}: restore it, from a backup or the package's schema.sql`,
  ];
}

async function firstColumn(session: Session, question: string): Promise<(string | null | undefined)[]> {
  return (await session.statement(question)).rows.map(([value]) => value);
}

const readableSql = `
  select pg_catalog.has_schema_privilege(session_user, n.oid, 'USAGE')
    and pg_catalog.has_table_privilege(session_user, c.oid, 'SELECT')
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'sallyport' and c.relname = 'migrations'`;

const goneSql = `
  select 'sallyport.' || part from unnest(array[${frameworkParts.map(sqlLiteral)}]) as part
  where part not in (
    select relname from pg_catalog.pg_class where relnamespace = 'sallyport'::regnamespace
    union all select proname from pg_catalog.pg_proc where pronamespace = 'sallyport'::regnamespace)
  order by 1`;
