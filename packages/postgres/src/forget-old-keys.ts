import { type Clock, systemClock } from '@sallyport/core';
import type { Database } from './database.js';

const batch = 1_000;
const batchMs = 10_000;

/**
 * Forgets every idempotency key whose retention is over, in small transactions, and resolves to how many there were. Any
 * number of instances may do it at once.
 *
 * @example
 * ```ts
 * import { type Database, forgetOldKeys } from '@sallyport/postgres';
 *
 * const clean = async (database: Database) => console.log(`${await forgetOldKeys(database)} keys forgotten`);
 * ```
 */
export async function forgetOldKeys(database: Database): Promise<number> {
  let all = 0;
  for (;;) {
    const { rows } = await database.framework('SELECT sallyport.forget_keys($1)', [String(batch)], batchMs, {
      priority: 'background',
    });
    const forgotten = Number(rows[0]?.[0]);
    all += forgotten;
    if (forgotten < batch) return all;
  }
}

/**
 * Calls {@link forgetOldKeys} now and every `everyMs` milliseconds after it has ended, ten minutes by default, until the
 * function that it returns is called. A failure is told to `report` and tried again the next time.
 *
 * @example
 * ```ts
 * import { type Database, forgetOldKeysRegularly } from '@sallyport/postgres';
 *
 * const startCleaning = (database: Database) => forgetOldKeysRegularly(database, (error) => console.error(error));
 * ```
 */
export function forgetOldKeysRegularly(
  database: Database,
  report: (error: unknown) => void,
  { everyMs = 10 * 60 * 1_000, clock = systemClock }: { readonly everyMs?: number; readonly clock?: Clock } = {},
): () => void {
  let stopped = false;
  let timer: unknown;
  const run = async (): Promise<void> => {
    await forgetOldKeys(database).catch(report);
    if (!stopped) timer = clock.setTimeout(() => void run(), everyMs);
  };
  void run();
  return () => {
    stopped = true;
    clock.clearTimeout(timer);
  };
}
