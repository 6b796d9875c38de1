import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import type { Database } from '../src/database.js';
import { openPostgres, type PostgresOptions } from '../src/pg/open-postgres.js';
import { setUpPostgres } from '../src/pg/set-up-postgres.js';
import { shop } from './shop.js';

const serverUrl = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
// It matters only to a server that asks for one.
const password = 'sallyport-tests';

/** Whether a Postgres answers. In CI it must; elsewhere its suites are skipped, and say so. */
export const postgresAnswers = await answers();

/** A database of its own for one test file, with the logins' URLs; dropped at the end. */
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

interface Opened extends Omit<PostgresOptions, 'query'> {
  readonly url: string;
  readonly queryUrl: string;
  readonly max: number;
}

export function usePostgres({ ready = true } = {}): PostgresFixture {
  const name = `sallyport_test_${randomBytes(6).toString('hex')}`;
  const adminUrl = at(name);
  const [url, queryUrl] = [at(name, 'sallyport_app'), at(name, 'sallyport_query')];
  const setUp = () =>
    setUpPostgres(adminUrl, { ...shop, passwords: { app: password, query: password, audit: password } });
  beforeAll(async () => {
    await run(serverUrl, `CREATE DATABASE ${name}`);
    if (ready) await setUp();
  });
  afterAll(async () => {
    await run(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  });
  return {
    adminUrl,
    url,
    queryUrl,
    auditUrl: at(name, 'sallyport_audit'),
    admin: (text, params) => run(adminUrl, text, params),
    setUp,
    open: ({ url: app = url, queryUrl: query = queryUrl, max = 10, ...options } = {}) =>
      openPostgres(poolOf(app, max), { tables: ['invoices'], ...options, query: poolOf(query, 3) }),
  };
}

/** A pool, as a server's author makes it. */
export function poolOf(connectionString: string, max = 10): pg.Pool {
  return new pg.Pool({ connectionString, max, connectionTimeoutMillis: 5_000 });
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

async function answers(): Promise<boolean> {
  try {
    await run(serverUrl, 'SELECT 1');
    return true;
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    console.warn(
      `\n*** SKIPPED: no Postgres answers at ${new URL(serverUrl).host}. Set TEST_POSTGRES_URL to test on one. ***\n`,
    );
    return false;
  }
}
