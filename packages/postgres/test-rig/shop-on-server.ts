import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Database } from '../src/database.js';
import { openPostgres, type PostgresOptions } from '../src/pg/open-postgres.js';
import { setUpPostgres } from '../src/pg/set-up-postgres.js';
import { shop } from './shop.js';

const serverUrl = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
/** Where it is, for whoever is told that nothing answers. */
export const serverHost = new URL(serverUrl).host;
// It matters only to a server that asks for one.
const password = 'sallyport-tests';

/** A database of its own on the server of the tests, with the logins' URLs. It is there once it has been created. */
export interface PostgresFixture {
  readonly adminUrl: string;
  readonly url: string;
  readonly queryUrl: string;
  readonly auditUrl: string;
  /** Runs SQL as the superuser, on a connection of its own. */
  readonly admin: (text: string, params?: unknown[]) => Promise<Record<string, unknown>[]>;
  readonly setUp: () => Promise<string[]>;
  /** The database as both logins, or as others. */
  readonly open: (over?: Partial<Opened>) => Promise<Database>;
}

/** {@link PostgresFixture}, and its beginning and end. */
export interface ShopOnServer extends PostgresFixture {
  readonly create: () => Promise<void>;
  readonly drop: () => Promise<void>;
}

interface Opened extends Omit<PostgresOptions, 'query'> {
  readonly url: string;
  readonly queryUrl: string;
  readonly max: number;
}

/** Names one; nothing is there yet. */
export function shopOnServer(): ShopOnServer {
  const name = `sallyport_test_${randomBytes(6).toString('hex')}`;
  const adminUrl = at(name);
  const [url, queryUrl] = [at(name, 'sallyport_app'), at(name, 'sallyport_query')];
  return {
    adminUrl,
    url,
    queryUrl,
    auditUrl: at(name, 'sallyport_audit'),
    admin: (text, params) => run(adminUrl, text, params),
    setUp: () => setUpPostgres(adminUrl, { ...shop, passwords: { app: password, query: password, audit: password } }),
    open: ({ url: app = url, queryUrl: query = queryUrl, max = 10, ...options } = {}) =>
      openPostgres(poolOf(app, max), { tables: ['invoices'], ...options, query: poolOf(query, 3) }),
    create: async () => void (await run(serverUrl, `CREATE DATABASE ${name}`)),
    drop: async () => void (await run(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

/** Runs `work` on one that is set up, and drops it. */
export async function onShop<T>(work: (shop: ShopOnServer) => Promise<T>): Promise<T> {
  const shop = shopOnServer();
  await shop.create();
  try {
    await shop.setUp();
    return await work(shop);
  } finally {
    await shop.drop();
  }
}

/** A pool, as a server's author makes it. */
export function poolOf(connectionString: string, max = 10): pg.Pool {
  return new pg.Pool({ connectionString, max, connectionTimeoutMillis: 5_000 });
}

/** Throws when no server answers. */
export async function askServer(): Promise<void> {
  await run(serverUrl, 'SELECT 1');
}

function at(database: string, user?: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  if (user !== undefined) {
    url.username = user;
    url.password = password;
  }
  return url.href;
}

async function run(connectionString: string, text: string, params: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, params)).rows;
  } finally {
    await client.end();
  }
}
