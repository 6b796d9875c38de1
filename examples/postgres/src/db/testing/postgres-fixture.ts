import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { migratePostgres } from '../migrate-postgres.js';

const serverUrl = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** Whether a Postgres answers. In CI it must; elsewhere its suites are skipped, and say so. */
export const postgresAnswers = await answers();

/** A database of its own for one test file, with the logins' URLs; dropped at the end. */
export interface PostgresFixture {
  readonly adminUrl: string;
  readonly url: string;
  readonly queryUrl: string;
  /** Runs SQL as the superuser, on a connection of its own. */
  readonly admin: (text: string, params?: unknown[]) => Promise<Record<string, unknown>[]>;
}

export function usePostgres({ migrated = true } = {}): PostgresFixture {
  const name = `sallyport_test_${randomBytes(6).toString('hex')}`;
  const adminUrl = at(name);
  const fixture: PostgresFixture = {
    adminUrl,
    url: at(name, 'sallyport_app'),
    queryUrl: at(name, 'sallyport_query'),
    admin: (text, params) => run(adminUrl, text, params),
  };
  beforeAll(async () => {
    await run(serverUrl, `CREATE DATABASE ${name}`);
    if (migrated) await migratePostgres(fixture);
  });
  afterAll(async () => {
    await run(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  });
  return fixture;
}

// The password matters only to a server that asks for one.
function at(database: string, user?: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  if (user !== undefined) {
    url.username = user;
    url.password = 'sallyport-tests';
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
