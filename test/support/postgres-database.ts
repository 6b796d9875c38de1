import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';

const adminUrl = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const root = fileURLToPath(new URL('../..', import.meta.url));

/** A database of its own on a real Postgres, migrated as a user migrates it. */
export interface TestDatabase {
  readonly env: { readonly DATABASE_URL: string };
  /** The login that seals the audit trail. */
  readonly auditUrl: string;
  /** As superuser: to look at what the server did. */
  query<Row extends pg.QueryResultRow>(text: string, params?: unknown[]): Promise<Row[]>;
  /** Runs a statement in a transaction, as superuser, and keeps that open until it is released. */
  hold(text: string): Promise<{ release(): Promise<void> }>;
  /** Runs `migrate` once more. */
  migrate(): Promise<string>;
  drop(): Promise<void>;
}

/** Whether a server answers. Without one the suites that need it are skipped, loudly; in CI that is a failure. */
export async function postgresAnswers(): Promise<boolean> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 3_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    if (process.env.CI === 'true')
      throw new Error(`CI needs a Postgres at ${new URL(adminUrl).host}`, { cause: error });
    console.error(
      `\n*** SKIPPED: no Postgres answers at ${new URL(adminUrl).host}; set TEST_POSTGRES_URL to test on a real one ***\n`,
    );
    return false;
  }
}

/** Creates and migrates a database, on the server that tests share or on another. */
export async function createDatabase(server = adminUrl): Promise<TestDatabase> {
  const name = `sallyport_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, `create database ${name}`);
  const own = new URL(server);
  own.pathname = `/${name}`;
  const urlOf = (user: string): string => {
    const url = new URL(own);
    url.username = user;
    url.password = 'sallyport-tests';
    return url.href;
  };
  const env = { DATABASE_URL: urlOf('sallyport_app') };
  const auditUrl = urlOf('sallyport_audit');
  const migrate = async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), `${root}examples/postgres/src/migrate.ts`],
      { env: { PATH: process.env.PATH ?? '', ...env, DATABASE_ADMIN_URL: own.href, DATABASE_AUDIT_URL: auditUrl } },
    );
    return stdout;
  };
  await migrate();
  return {
    env,
    auditUrl,
    migrate,
    query: (text, params) => asAdmin(own.href, text, params),
    async hold(text) {
      const client = new pg.Client({ connectionString: own.href });
      await client.connect();
      await client.query('begin');
      await client.query(text);
      return { release: () => client.end() };
    },
    drop: async () => void (await asAdmin(server, `drop database ${name} with (force)`)),
  };
}

async function asAdmin<Row extends pg.QueryResultRow>(url: string, text: string, params?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, params)).rows;
  } finally {
    await client.end();
  }
}
