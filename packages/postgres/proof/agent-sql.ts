import type { Database } from '../src/database.js';
import { DatabaseError } from '../src/database-error.js';
import { openPostgres } from '../src/pg/open-postgres.js';
import { scopeFor } from '../test-rig/scope-for.js';
import { poolOf, type ShopOnServer } from '../test-rig/shop-on-server.js';
import type { SeededLogin } from './seeded-logins.js';

/** What became of one query. */
interface AskedSql {
  /** Answered with rows, refused, or ended in any other way. */
  readonly end: 'answered' | 'refused' | 'broken';
  /** Whether the answer, or its error, held something of the other tenant. */
  readonly isForeign: boolean;
}

/** A shop on which SQL runs as that of an agent of `acme`, and what it did to it. */
export interface AgentSql {
  ask(text: string): Promise<AskedSql>;
  /**
   * Locks, settings, cursors, prepared statements and temporary tables on the very connections that the queries ran on. Takes all
   * of them, so nothing runs meanwhile.
   */
  left(): Promise<string[]>;
  /** Every row and relation, as one text. */
  state(): Promise<string>;
  close(): Promise<void>;
}

/** Opens one, with the bug that must be found behind the start-up check, which would refuse it. */
export async function openAgentSql(
  shop: ShopOnServer,
  connections: number,
  { permits, on }: SeededLogin = {},
): Promise<AgentSql> {
  const pool = poolOf(shop.queryUrl, connections);
  on?.(pool);
  const database: Database = await openPostgres(poolOf(shop.url, 2), { query: pool });
  if (permits !== undefined) await shop.admin(permits);
  const admin = poolOf(shop.adminUrl, 1);
  // `end` does not wait until the server has heard of it, and the database is dropped, with its connections, right after that.
  admin.on('error', () => {});
  const limits = { maxRows: 50, maxBytes: 50_000 };
  return {
    async ask(text) {
      const answer: unknown = await database
        .query(scopeFor('acme', { remainingMs: () => 30_000 }), text, limits)
        .catch((error: unknown) => error);
      const end = answer instanceof DatabaseError ? 'refused' : answer instanceof Error ? 'broken' : 'answered';
      // A query may name the other tenant itself; its rows have memos and names.
      const shown = answer instanceof Error ? answer.message : JSON.stringify(answer);
      return { end, isForeign: /globex invoice|Whitfield|Sato|Costa/.test(shown) };
    },
    async left() {
      const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
      try {
        const found = await Promise.all(clients.map((client) => client.query<{ left: string }>(leftSql)));
        return found.flatMap(({ rows }) => rows.map((row) => row.left));
      } finally {
        for (const client of clients) client.release();
      }
    },
    state: async () => JSON.stringify((await admin.query(stateSql)).rows),
    async close() {
      await Promise.all([database.close(), admin.end()]);
    },
  };
}

const tables = ['customers', 'orders', 'invoices', 'sallyport.idempotency', 'sallyport.audit_entries'];
const stateSql = `
  select ${tables.map((table) => `(select coalesce(md5(string_agg(t::text, ',' order by t::text)), '') from ${table} t)`).join(' || ')}
    || (select md5(string_agg(oid::text || relname, ',' order by oid)) from pg_class where relnamespace >= 16384
      or relnamespace = 'public'::regnamespace) || (select string_agg(last_value::text, ',') from pg_sequences) as state`;

const leftSql = `
  select 'lock ' || classid || ':' || objid as left from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
  union all select 'setting ' || name || ' = ' || setting from pg_settings where source = 'session'
  union all select 'tenant ' || current_setting('app.tenant', true) where coalesce(current_setting('app.tenant', true), '') <> ''
  union all select 'role ' || current_user where current_user <> session_user
  union all select 'cursor ' || name from pg_cursors where name not in ('', '<unnamed portal 1>')
  union all select 'prepared ' || name from pg_prepared_statements where name <> ''
  union all select 'channel ' || c from pg_listening_channels() c
  union all select 'temporary table' where pg_my_temp_schema() <> 0`;
