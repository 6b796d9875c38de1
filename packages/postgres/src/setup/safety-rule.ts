import type { Login } from '../driver.js';

/** What must hold, and what an operator runs to make it hold. */
export interface SafetyRules {
  readonly tables: readonly string[];
  readonly tenantColumn: string;
  /** Tables, views, policies and functions that the author answers for, as errors name them. */
  readonly exempt: readonly string[];
  /** Absent where set-up runs at every start. */
  readonly setUpWith?: string;
  readonly login: Login;
}

/** One thing that must hold: a query for what breaks it, and what is said of each row, with the statement that mends it. */
export interface SafetyRule {
  readonly question: string;
  readonly describe: (row: readonly string[]) => string;
  /** Whether an author may answer for what the first column names. */
  readonly exemptible?: boolean;
}

/** Relations that are not Postgres's own: `c`, in the schema `n`. */
export const userRelations = `
  pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** Whether the login may read or write any column of `c`. */
export const reachable = `(pg_catalog.has_schema_privilege(session_user, n.oid, 'USAGE')
  and (pg_catalog.has_any_column_privilege(session_user, c.oid, 'SELECT, INSERT, UPDATE')
    or pg_catalog.has_table_privilege(session_user, c.oid, 'DELETE, TRUNCATE')))`;
