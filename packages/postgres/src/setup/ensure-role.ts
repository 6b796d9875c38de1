import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseError } from '../database-error.js';
import type { Session } from '../session.js';
import { sqlIdentifier } from '../values/sql-identifier.js';
import { sqlLiteral } from '../values/sql-literal.js';
import { scramVerifier } from './scram-verifier.js';

/** A login, as set-up makes it. */
export interface LoginRole {
  readonly name: string;
  /** Absent: the role keeps the password it has, or gets none. */
  readonly password?: string | undefined;
  /** Connections at once, over all instances of the server. Absent: as it is. */
  readonly maxConnections?: number;
  /** Settings of every session of this login. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** No powers of its own. */
export const loginPowers = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';
const attempts = 50;

/**
 * Creates the login, or alters it to be as described: no powers of its own. Roles belong to the whole server, and advisory locks
 * do not, so two databases that migrate at once collide here; the loser tries again.
 */
export async function ensureRole(session: Session, role: LoginRole): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ensureOnce(session, role);
    } catch (error) {
      if (attempt === attempts || !collided(error)) throw error;
      await wait(Math.random() * 20 * Math.min(attempt, 10));
    }
  }
}

async function ensureOnce(
  session: Session,
  { name, password, maxConnections, settings = {} }: LoginRole,
): Promise<void> {
  const role = sqlIdentifier(name);
  const { rows } = await session.statement(
    `select rolcanlogin and not (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls),
       coalesce(rolconfig::text[], '{}') @> $2::text[], rolconnlimit::text
     from pg_catalog.pg_roles where rolname = $1`,
    [name, `{${Object.entries(settings).map(([key, value]) => `"${key}=${value}"`)}}`],
  );
  const [harmless, configured, limit] = rows[0] ?? [];
  if (rows.length === 0) await session.script(`CREATE ROLE ${role} ${loginPowers}`);
  else if (harmless !== 't') await session.script(`ALTER ROLE ${role} ${loginPowers}`);
  if (maxConnections !== undefined && limit !== `${maxConnections}`)
    await session.script(`ALTER ROLE ${role} CONNECTION LIMIT ${maxConnections}`);
  if (password !== undefined)
    await session.script(`ALTER ROLE ${role} PASSWORD ${sqlLiteral(scramVerifier(password))}`);
  if (configured === 't') return;
  for (const [key, value] of Object.entries(settings)) {
    try {
      await session.script(`ALTER ROLE ${role} SET ${key} = ${sqlLiteral(value)}`);
    } catch (error) {
      // Some settings are the superuser's to give; on a managed server the administrator is none. They are a second line only.
      if (!(error instanceof DatabaseError) || error.sqlState !== '42501') throw error;
    }
  }
}

/** Another migration wrote the same catalog row: "tuple concurrently updated", a duplicate name, or a deadlock. */
function collided(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  const { sqlState = '', message } = error;
  return ['23505', '42710', '40P01'].includes(sqlState) || (sqlState === 'XX000' && message.includes('concurrently'));
}
