import { type Database, openPostgres, passwordOf, setUpPostgres } from '@sallyport/postgres';
import { openPGlite } from '@sallyport/postgres/pglite';
import pg from 'pg';

const migrations = new URL('../migrations/', import.meta.url);
const queryRole = 'sallyport_query';

/** How many agents one instance is meant for; the pool is sized so that each has its calls at once. */
export const sizes = { agents: 2, maxConnections: 10, maxQueryConnections: 3 } as const;

/** What the server cannot do without. */
export const tables = ['customers', 'orders', 'invoices', 'refunds'] as const;

/** Opens the Postgres at `url`, or without one the embedded database, seeded. */
export async function openDatabase({
  url,
  queryUrl,
}: {
  readonly url?: string | undefined;
  readonly queryUrl?: string | undefined;
} = {}): Promise<Database> {
  if (url === undefined) return openPGlite({ migrations });
  return openPostgres(poolOf(url, sizes.maxConnections), {
    query: poolOf(queryUrl ?? queryUrlOf(url), sizes.maxQueryConnections),
    demand: { agents: sizes.agents },
    tables,
    setUpWith: 'npx pnpm@12 migrate',
  });
}

/** Brings a server's database up to date, schema and seed included; returns the names of the versions it applied. */
export function migrate({
  adminUrl,
  url,
  queryUrl,
  auditUrl,
}: {
  readonly adminUrl: string;
  readonly url?: string | undefined;
  readonly queryUrl?: string | undefined;
  readonly auditUrl?: string | undefined;
}): Promise<string[]> {
  const app = passwordOf(url);
  const passwords = { app, query: passwordOf(queryUrl) ?? app, audit: passwordOf(auditUrl) };
  return setUpPostgres(adminUrl, { migrations, passwords });
}

function poolOf(connectionString: string, max: number): pg.Pool {
  return new pg.Pool({ connectionString, max, connectionTimeoutMillis: 5_000, keepAlive: true });
}

/** The URL of the query login where none is given: the same server, database and password, another user. */
export function queryUrlOf(appUrl: string): string {
  const url = new URL(appUrl);
  url.username = queryRole;
  if (url.searchParams.has('user')) url.searchParams.set('user', queryRole);
  return url.href;
}
