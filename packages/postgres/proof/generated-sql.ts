import fc from 'fast-check';
import type pg from 'pg';
import type { Database } from '../src/database.js';
import { DatabaseError } from '../src/database-error.js';
import { openPostgres } from '../src/pg/open-postgres.js';
import { generatedQuery } from '../test-rig/generated-queries.js';
import { scopeFor } from '../test-rig/scope-for.js';
import { poolOf, type ShopOnServer } from '../test-rig/shop-on-server.js';

/** How many, and which. */
export interface GeneratedSqlOptions {
  readonly queries: number;
  readonly seed: number;
  /** The bug that must be found: what the server permits besides, and how the statements of the framework are changed. */
  readonly seeded?: { readonly permits?: string; readonly rewrite?: (text: string) => string };
  readonly progress?: (text: string) => void;
}

/** What came of it. */
export interface GeneratedSqlReport {
  readonly queries: number;
  /** Queries that were answered with rows; the others were refused. */
  readonly answered: number;
  readonly refused: number;
  /** Queries that ended in any other way than these two. */
  readonly broken: readonly string[];
  /** Queries whose answer held something of the other tenant. */
  readonly foreign: readonly string[];
  /** Whether any row or relation of the database is another than before. */
  readonly written: boolean;
  /** Locks, settings and the like that were left on a connection, with a query of those after which they were found. */
  readonly left: readonly string[];
}

/** Between two looks at what they left. */
const batch = 200;
const connections = 3;

/**
 * Runs generated texts, honest to hostile, as the SQL of an agent of `acme`. After each batch it looks, on the very connections
 * that they ran on, for locks, settings, cursors, prepared statements and temporary tables; at the end, at every row there is.
 */
export async function askGenerated(shop: ShopOnServer, options: GeneratedSqlOptions): Promise<GeneratedSqlReport> {
  const { queries, seed, seeded: { permits, rewrite } = {}, progress = () => {} } = options;
  const pool = poolOf(shop.queryUrl, connections);
  const database = await openPostgres(poolOf(shop.url, 2), { query: pool });
  // Behind the start-up check, which would refuse it.
  if (permits !== undefined) await shop.admin(permits);
  if (rewrite !== undefined) rewriteOn(pool, rewrite);
  const broken: string[] = [];
  const foreign: string[] = [];
  const left = new Set<string>();
  let [asked, answered, refused] = [0, 0, 0];

  const ask = async (text: string): Promise<void> => {
    const answer = await run(database, text);
    if (answer instanceof DatabaseError) refused += 1;
    else if (answer instanceof Error) broken.push(`${answer.message}: ${text}`);
    else answered += 1;
    if (showsForeign(answer)) foreign.push(text);
  };
  try {
    const before = await stateOf(shop);
    const fresh = await leftOn(pool);
    for (let i = 0; asked < queries; i += 1) {
      const texts = fc.sample(generatedQuery, { numRuns: Math.min(batch, queries - asked), seed: seed + i });
      await Promise.all(texts.map(ask));
      asked += texts.length;
      for (const found of await leftOn(pool)) if (!fresh.includes(found)) left.add(`${found} after ${texts[0]}`);
      if (asked % 5_000 === 0) progress(`${asked} of ${queries} queries, ${answered} answered, ${refused} refused`);
    }
    const written = (await stateOf(shop)) !== before;
    return { queries: asked, answered, refused, broken, foreign, written, left: [...left] };
  } finally {
    await database.close();
  }
}

function run(database: Database, text: string): Promise<unknown> {
  const limits = { maxRows: 50, maxBytes: 50_000 };
  return database.query(scopeFor('acme', { remainingMs: () => 30_000 }), text, limits).catch((error: unknown) => error);
}

/** A query may name the other tenant itself; its rows have memos and names. */
function showsForeign(answer: unknown): boolean {
  const shown = answer instanceof Error ? answer.message : JSON.stringify(answer);
  return /globex invoice|Whitfield|Sato|Costa/.test(shown);
}

/** Every row and relation, as one text. */
async function stateOf(shop: ShopOnServer): Promise<string> {
  const rows = ['customers', 'orders', 'invoices', 'sallyport.idempotency', 'sallyport.audit_entries']
    .map((table) => `(select coalesce(md5(string_agg(t::text, ',' order by t::text)), '') from ${table} t)`)
    .join(' || ');
  const [state] = await shop.admin(
    `select ${rows} || (select md5(string_agg(oid::text || relname, ',' order by oid)) from pg_class where relnamespace >= 16384
       or relnamespace = 'public'::regnamespace) || (select string_agg(last_value::text, ',') from pg_sequences) as state`,
  );
  return JSON.stringify(state);
}

/** Changes what is sent on the simple protocol: what opens and ends transactions. */
function rewriteOn(pool: pg.Pool, rewrite: (text: string) => string): void {
  pool.on('connect', (client) => {
    const { query } = client;
    client.query = ((text: unknown, ...rest: unknown[]) =>
      Reflect.apply(query, client, [typeof text === 'string' ? rewrite(text) : text, ...rest])) as typeof query;
  });
}

/** What each connection of the pool holds beyond its transaction, once each. Takes all of them, so nothing runs meanwhile. */
async function leftOn(pool: pg.Pool): Promise<string[]> {
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
  try {
    const found = await Promise.all(clients.map((client) => client.query<{ left: string }>(leftSql)));
    return found.flatMap(({ rows }) => rows.map((row) => row.left));
  } finally {
    for (const client of clients) client.release();
  }
}

const leftSql = `
  select 'lock ' || classid || ':' || objid as left from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
  union all select 'setting ' || name || ' = ' || setting from pg_settings where source = 'session'
  union all select 'tenant ' || current_setting('app.tenant', true) where coalesce(current_setting('app.tenant', true), '') <> ''
  union all select 'role ' || current_user where current_user <> session_user
  union all select 'cursor ' || name from pg_cursors where name not in ('', '<unnamed portal 1>')
  union all select 'prepared ' || name from pg_prepared_statements where name <> ''
  union all select 'channel ' || c from pg_listening_channels() c
  union all select 'temporary table' where pg_my_temp_schema() <> 0`;
