import { randomBytes } from 'node:crypto';
import { type Claim, type IdempotencyStore, ToolError } from '@sallyport/core';
import type { Database } from './database.js';
import { DatabaseError } from './database-error.js';
import { EffectTransaction } from './effect-transaction.js';
import { tagsOf } from './tenant-db.js';
import { toolErrorOf } from './tool-error-of.js';

/** How long one verb of the store may take. */
const verbMs = 5_000;
/** When to come again while the first call with a key runs. */
const retryAfterMs = 1_000;
/** To this point a transaction goes back when the tool decides that its effect fails. A handler's own cannot hide it by its name. */
const savepoint = `sallyport_effect_${randomBytes(8).toString('hex')}`;

/**
 * Idempotency keys and results in Postgres, for every instance at once, kept by the server's clock: all three kinds of effect.
 * A `transactional` one is saved with its key and result in one transaction, so it happens exactly once whenever a process
 * dies; nobody waits for another holder of a key. Keys are forgotten by `forgetOldKeys`.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { type Database, postgresIdempotency, tenantDb } from '@sallyport/postgres';
 *
 * const stackOn = (database: Database) =>
 *   hardened({ idempotency: postgresIdempotency(database) }).use(tenantDb(database));
 * ```
 */
export function postgresIdempotency(database: Database): IdempotencyStore {
  /** Key to fingerprint: what runs in this process is known without a connection. */
  const running = new Map<string, string>();

  const ask = async (
    text: string,
    params: readonly unknown[],
    waitMs = verbMs,
  ): Promise<readonly (string | null)[]> => {
    const { rows } = await database.framework(text, params.map(String), verbMs, { leftMs: waitMs });
    return rows[0] ?? [];
  };

  return {
    effects: ['natural', 'phased', 'transactional'],
    async claim({ tenant, key, fingerprint, leaseMs, retentionMs, waitMs }) {
      const claim = 'SELECT state, token, retry_after_ms, result FROM sallyport.claim($1, $2, $3, $4, $5)';
      return claimOf(await ask(claim, [tenant, key, fingerprint, Math.ceil(leaseMs), Math.ceil(retentionMs)], waitMs));
    },
    async renew({ key, token }, leaseMs) {
      return (await ask('SELECT sallyport.renew($1, $2, $3)', [key, token, Math.ceil(leaseMs)]))[0] === 't';
    },
    async settle({ key, token }, result) {
      return (await ask('SELECT sallyport.settle($1, $2, $3)', [key, token, result]))[0] === 't';
    },
    async release({ key, token }) {
      await ask('SELECT sallyport.release($1, $2)', [key, token]);
    },
    async abandon({ key, token }) {
      await ask('SELECT sallyport.abandon($1, $2)', [key, token]);
    },

    async transact(call, request, run) {
      const held = request === undefined ? undefined : running.get(request.key);
      if (request !== undefined && held !== undefined) {
        return held === request.fingerprint ? { state: 'in-progress', retryAfterMs } : { state: 'conflict' };
      }
      if (request !== undefined) running.set(request.key, request.fingerprint);
      try {
        return await inTransaction(database, call, request, run);
      } catch (error) {
        throw request !== undefined && error instanceof DatabaseError && error.kind === 'commit_unknown'
          ? askAgain(error)
          : toolErrorOf(error, { readOnly: false, phased: false });
      } finally {
        if (request !== undefined) running.delete(request.key);
      }
    },
  };
}

type Transact = NonNullable<IdempotencyStore['transact']>;

async function inTransaction(database: Database, ...[call, request, run]: Parameters<Transact>): Promise<Claim> {
  const { tenant, signal, remainingMs, priority } = call;
  const transaction = await database.open({ tenant, signal, remainingMs, priority, tags: tagsOf(call) });
  try {
    const begin = 'SELECT state, token, NULL, result FROM sallyport.begin_effect($1, $2)';
    const claim: Claim =
      request === undefined
        ? { state: 'claimed', token: 0 }
        : claimOf((await transaction.session.statement(begin, [request.key, request.fingerprint])).rows[0] ?? []);
    if (claim.state !== 'claimed') {
      await transaction.rollback();
      return claim;
    }
    await transaction.session.script(`SAVEPOINT ${savepoint}`);
    const effect = new EffectTransaction(database, transaction);
    const end = await run(effect, claim.token);
    if (end.save === 'nothing' || (end.save === 'result' && request === undefined)) {
      await transaction.rollback();
      return claim;
    }
    await transaction.commit(async (session) => {
      if (end.save === 'result') await session.script(`ROLLBACK TO SAVEPOINT ${savepoint}`);
      else await effect.runLast(session);
      if (request === undefined) return;
      const { key, fingerprint, retentionMs } = request;
      await session.statement(
        'SELECT sallyport.end_effect($1, $2, $3, $4, $5, $6)',
        [tenant, key, fingerprint, claim.token, Math.ceil(retentionMs), end.result].map(String),
      );
    });
    return claim;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}

/** state, token, retry_after_ms and result, as the functions give them. */
function claimOf([state, token, retryMs, result]: readonly (string | null)[]): Claim {
  switch (state) {
    case 'claimed':
    case 'unknown':
      return { state, token: Number(token) };
    case 'in-progress':
      return { state, retryAfterMs: Number(retryMs ?? retryAfterMs) };
    case 'conflict':
      return { state };
    case 'settled':
      return { state, result: result ?? '' };
    default:
      throw new Error(`the idempotency functions answered ${state}`);
  }
}

function askAgain(cause: DatabaseError): ToolError {
  const message =
    'The database did not say whether the change was saved. Repeat the call with the same idempotency key: it takes effect once.';
  return new ToolError('OUTCOME_UNKNOWN', message, { cause, retryable: true, retryAfterMs });
}
