import { systemUtc, type UsageStore, utcDay } from '@sallyport/core';
import type { Database } from '../database.js';
import type { Waiting } from '../permits.js';

/** How long usage is kept. */
export interface PostgresUsageOptions {
  /** Days that are kept, today included. Default 92. */
  readonly retentionDays?: number;
  /** How many agents on tools one tenant may have in a day; the rest is counted under `*`, by tool. Default 10,000. */
  readonly maxRows?: number;
}

/** How long one statement may take. Nobody waits for it. */
const withinMs = 10_000;
const waiting: Waiting = { priority: 'background' };

/**
 * Records usage of a fleet in Postgres: a batch is one statement, and counts once however often it is sent. Days whose retention
 * is over are forgotten with the first batch of a day. It reads nothing: the login of handlers may not; see {@link readUsage}.
 *
 * @example
 * ```ts
 * import { UsageMeter } from '@sallyport/core';
 * import { observe } from '@sallyport/observe';
 * import { type Database, postgresUsage } from '@sallyport/postgres';
 *
 * const telemetryOn = (database: Database) => observe({ usage: new UsageMeter(postgresUsage(database)) });
 * ```
 */
export function postgresUsage(
  database: Database,
  { retentionDays = 92, maxRows = 10_000 }: PostgresUsageOptions = {},
): Pick<UsageStore, 'record'> {
  let forgotten = '';
  return {
    async record({ source, number, day, entries }) {
      const today = utcDay(systemUtc());
      if (forgotten !== today) {
        await database.framework('SELECT sallyport.forget_usage($1)', [String(retentionDays)], withinMs, waiting);
        forgotten = today;
      }
      await database.framework(
        'SELECT sallyport.record_usage($1, $2, $3, $4, $5, $6)',
        [source, String(number), day, String(retentionDays), String(maxRows), JSON.stringify(entries)],
        withinMs,
        waiting,
      );
    },
  };
}
