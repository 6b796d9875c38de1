import { createHash } from 'node:crypto';
import { ensureRole } from './ensure-role.js';
import { DatabaseError } from './errors.js';
import { readMigrations } from './read-migrations.js';
import { appRole, queryRole } from './role-names.js';
import type { Session } from './session.js';
import { sqlLiteral } from './sql-literal.js';

export interface Passwords {
  readonly app?: string | undefined;
  readonly query?: string | undefined;
}

/** Any number, the same for every migration of one database. */
const lockKey = 7_240_131;

/** Bounds what one free-form query may take of the server, beneath the deadline of its call. */
const querySettings = {
  default_transaction_read_only: 'on',
  statement_timeout: '60s',
  idle_in_transaction_session_timeout: '60s',
  max_parallel_workers_per_gather: '0',
  temp_file_limit: '262144',
};

/** Half of what a server takes by default: whoever gets hold of this login leaves the rest to the others. An instance needs four. */
const maxQueryConnections = 50;

/**
 * Brings a database up to date: the two logins, then every migration not yet applied, then the repeatable ones. Each runs in one
 * transaction, under a lock of the database, and can be run again at any time. Returns the names of the versions it applied.
 * Refuses when a version was edited after it had been applied. Needs a superuser, who will own the tables.
 */
export async function migrate(session: Session, passwords: Passwords = {}): Promise<string[]> {
  await ensureRole(session, { name: appRole, password: passwords.app });
  await ensureRole(session, {
    name: queryRole,
    password: passwords.query,
    maxConnections: maxQueryConnections,
    settings: querySettings,
  });

  await session.script(`SELECT pg_advisory_lock(${lockKey})`);
  try {
    await session.script(`
      CREATE TABLE IF NOT EXISTS sallyport_migrations (
        name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
      )`);
    const { rows } = await session.statement('SELECT name, sha256 FROM sallyport_migrations');
    const applied = new Map(rows.map(([name, sha256]) => [name, sha256]));

    const done: string[] = [];
    for (const { name, text, repeat } of await readMigrations()) {
      const sha256 = createHash('sha256').update(text).digest('hex');
      const known = repeat ? undefined : applied.get(name);
      if (known === sha256) continue;
      if (known !== undefined) {
        throw new DatabaseError(
          'unsafe',
          `migration ${name} was edited after it had been applied: add a new one instead`,
        );
      }
      await inTransaction(session, [text, repeat ? '' : record(name, sha256)]);
      if (!repeat) done.push(name);
    }
    return done;
  } finally {
    await session.script(`SELECT pg_advisory_unlock(${lockKey})`);
  }
}

function record(name: string, sha256: string): string {
  return `INSERT INTO sallyport_migrations (name, sha256) VALUES (${sqlLiteral(name)}, ${sqlLiteral(sha256)})`;
}

async function inTransaction(session: Session, scripts: readonly string[]): Promise<void> {
  await session.script('BEGIN; SET LOCAL search_path = public');
  try {
    for (const script of scripts) if (script !== '') await session.script(script);
    await session.script('COMMIT');
  } catch (error) {
    await session.script('ROLLBACK');
    throw error;
  }
}
