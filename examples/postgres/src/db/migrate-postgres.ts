import pg from 'pg';
import { migrate } from './migrate.js';
import { postgresSession } from './postgres-session.js';
import { toDatabaseError } from './to-database-error.js';

export interface MigrateOptions {
  /** A superuser of the database to prepare. */
  readonly adminUrl: string;
  /** Its password becomes that of `sallyport_app`, and of `sallyport_query` unless `queryUrl` carries one. */
  readonly url?: string | undefined;
  readonly queryUrl?: string | undefined;
}

/** Runs {@link migrate} on a Postgres server. Touches that one database, and the two roles, which the server's databases share. */
export async function migratePostgres({ adminUrl, url, queryUrl }: MigrateOptions): Promise<string[]> {
  const client = new pg.Client({
    connectionString: adminUrl,
    connectionTimeoutMillis: 10_000,
    application_name: 'sallyport:migrate',
  });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw toDatabaseError(error);
  }
  try {
    const app = passwordOf(url);
    return await migrate(postgresSession(client), { app, query: passwordOf(queryUrl) ?? app });
  } finally {
    await client.end();
  }
}

function passwordOf(url: string | undefined): string | undefined {
  const password = url === undefined ? '' : decodeURIComponent(new URL(url).password);
  return password === '' ? undefined : password;
}
