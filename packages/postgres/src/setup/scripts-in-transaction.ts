import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseError } from '../database-error.js';
import type { Session } from '../session.js';

/** How long a statement waits for a table: whoever wants it meanwhile waits behind it. */
export const lockMs = 300;

/**
 * Runs scripts in one transaction: all of them, or none. One that finds a table in use does not wait for it long, but begins again
 * after a pause in which others get theirs, for half a minute by default.
 */
export async function scriptsInTransaction(
  session: Session,
  scripts: readonly string[],
  { attempts = 30, pauseMs = 700 } = {},
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(session, scripts);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.sqlState !== '55P03') throw error;
      if (attempt === attempts) {
        const message = `a table was in use each of ${attempts} times: end the transaction that reads or writes it for so long, and run this again`;
        throw new DatabaseError('timeout', message, { cause: error, sqlState: error.sqlState });
      }
      await wait(pauseMs);
    }
  }
}

async function runOnce(session: Session, scripts: readonly string[]): Promise<void> {
  await session.script(`BEGIN; SET LOCAL search_path = public; SET LOCAL lock_timeout = ${lockMs}`);
  try {
    for (const script of scripts) await session.script(script);
    await session.script('COMMIT');
  } catch (error) {
    await session.script('ROLLBACK');
    throw error;
  }
}
