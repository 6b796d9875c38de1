import type { PoolClient } from 'pg';
import { DatabaseError } from '../database-error.js';
import type { Lease } from '../lease.js';
import { ResultTooLarge } from '../query/result-too-large.js';
import { toDatabaseError } from '../to-database-error.js';
import { cancelBackend } from './cancel-backend.js';
import { commandOf, postgresSession } from './postgres-session.js';

/** After this long without an answer to a cancel, a rollback or a commit, the connection is given up. */
const graceMs = 5_000;
/** How often a cancel is sent while the statement goes on. */
const againMs = 100;

/**
 * A pooled connection, held for one transaction. With `clears`, what can outlive a transaction is gone when it is given back: advisory
 * locks, settings, prepared statements, temporary tables. `onReturn` is told when it is given back; with the process id of the backend
 * when the connection was cut while a statement ran, because that may go on without it.
 */
export function postgresLease(
  client: PoolClient,
  { clears, onReturn }: { readonly clears: boolean; readonly onReturn: (runaway?: number) => void },
): Lease {
  let inDoubt = false;
  let cut = false;
  let lost = false;
  let busy = 0;
  const destroyStream = (): void => {
    inDoubt = true;
    cut = true;
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  };
  // A checked-out client that fails without a listener would end the process.
  const onError = (): void => {
    inDoubt = true;
    lost = true;
  };
  client.on('error', onError);
  let cancel: Promise<void> | undefined;
  let again: NodeJS.Timeout | undefined;
  let giveUp: NodeJS.Timeout | undefined;

  const session = postgresSession(client);
  const tracked = async <T>(run: () => Promise<T>): Promise<T> => {
    busy += 1;
    try {
      return await run();
    } catch (error) {
      // A connection that broke, and a result that was cut off, leave nothing to roll back on.
      if (error instanceof ResultTooLarge) cut = true;
      if (!(error instanceof DatabaseError) || error.kind === 'unavailable') inDoubt = true;
      throw error;
    } finally {
      busy -= 1;
    }
  };

  const giveBack = async (): Promise<void> => {
    clearInterval(again);
    await cancel;
    clearTimeout(giveUp);
    client.off('error', onError);
    client.release(inDoubt);
    const { processID } = client as unknown as { readonly processID: number | null };
    onReturn(cut ? (processID ?? undefined) : undefined);
  };

  return {
    session: {
      script: (text) => tracked(() => session.script(text)),
      statement: (text, params, maxBytes) => tracked(() => session.statement(text, params, maxBytes)),
    },
    interrupt() {
      if (busy === 0 || cancel !== undefined) return;
      inDoubt = true;
      cancel = cancelBackend(client);
      // A request that overtook its statement has cancelled nothing.
      again = setInterval(() => {
        cancel = cancel?.then(() => (busy > 0 ? cancelBackend(client) : undefined));
      }, againMs);
      giveUp = setTimeout(destroyStream, graceMs);
    },
    async commit() {
      giveUp = setTimeout(destroyStream, graceMs);
      try {
        const command = await commandOf(client, 'COMMIT');
        if (command !== 'COMMIT') {
          throw new DatabaseError('statement', 'a statement of the transaction failed, so it was rolled back', {
            sqlState: '25P02',
          });
        }
      } catch (cause) {
        const error = toDatabaseError(cause);
        if (error.kind !== 'unavailable') throw error;
        inDoubt = true;
        throw new DatabaseError('commit_unknown', 'the connection was lost while committing', { cause });
      } finally {
        await giveBack();
      }
    },
    release: giveBack,
    async abandon() {
      if (!inDoubt && !lost) {
        giveUp = setTimeout(destroyStream, graceMs);
        await client
          .query('ROLLBACK')
          // It unlocks as pg_advisory_unlock_all() does, and needs no right to that, which agents do not have either.
          .then(() => (clears ? client.query('DISCARD ALL') : undefined))
          .catch(() => {
            inDoubt = true;
          });
      }
      await giveBack();
    },
  };
}
