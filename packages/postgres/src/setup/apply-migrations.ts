import { createHash } from 'node:crypto';
import { DatabaseError } from '../database-error.js';
import type { Session } from '../session.js';
import { sqlIdentifier } from '../values/sql-identifier.js';
import { sqlLiteral } from '../values/sql-literal.js';
import type { Migration } from './read-migrations.js';
import { scriptsInTransaction } from './scripts-in-transaction.js';

/**
 * Applies the versions that are not yet in the history table, in order, each in a transaction of its own with its entry in
 * the history. Returns the names of those it applied. Refuses when a version was edited after it had been applied.
 */
export async function applyMigrations(
  session: Session,
  history: string,
  migrations: readonly Migration[],
): Promise<string[]> {
  await session.script(historySql(history));
  const { rows } = await session.statement(`SELECT name, sha256 FROM ${quoted(history)}`);
  const applied = new Map(rows.map(([name, sha256]) => [name, sha256]));

  const done: string[] = [];
  for (const migration of migrations.filter(({ repeat }) => !repeat)) {
    const { name, text } = migration;
    const known = applied.get(name);
    if (known === digest(migration)) continue;
    if (known !== undefined) {
      throw new DatabaseError(
        'unsafe',
        `migration ${name} was edited after it had been applied: add a new one instead`,
      );
    }
    await scriptsInTransaction(session, [text, entrySql(history, migration)]);
    done.push(name);
  }
  return done;
}

/** The table that remembers which versions were applied. */
export function historySql(history: string): string {
  return `CREATE TABLE IF NOT EXISTS ${quoted(history)} (
  name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
);
`;
}

/** Applies a version in SQL alone, with its entry in the history, unless it is there. */
export function onceSql(history: string, migration: Migration): string {
  const applied = `SELECT FROM ${quoted(history)} WHERE name = ${sqlLiteral(migration.name)}`;
  return `DO $sallyport$ BEGIN
IF EXISTS (${applied} AND sha256 <> '${digest(migration)}') THEN
  RAISE EXCEPTION 'migration ${migration.name} was edited after it had been applied';
ELSIF NOT EXISTS (${applied}) THEN
  EXECUTE $migration$
${migration.text}$migration$;
  ${entrySql(history, migration)}END IF;
END $sallyport$;
`;
}

/** Enters a version into the history. */
function entrySql(history: string, migration: Migration): string {
  return `INSERT INTO ${quoted(history)} (name, sha256) VALUES (${sqlLiteral(migration.name)}, '${digest(migration)}');
`;
}

function quoted(table: string): string {
  return table.split('.').map(sqlIdentifier).join('.');
}

function digest({ text }: Migration): string {
  return createHash('sha256').update(text).digest('hex');
}
