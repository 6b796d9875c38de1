import {
  type Access,
  type Call,
  type Effects,
  isInputRequired,
  type Layer,
  type WithDeadline,
  type WithPrincipal,
  type WithTenant,
} from '@sallyport/core';
import { assertDatabase } from './assert-database.js';
import { CallDb, type TenantDb } from './call-db.js';
import type { Database } from './database.js';
import { EffectTransaction } from './effect-transaction.js';
import type { Scope } from './scope.js';
import { toolErrorOf } from './tool-error-of.js';

/** What `tenantDb` puts on the call. */
export interface WithDb {
  /** The database, bound to the call's tenant, time and transaction. */
  readonly db: TenantDb;
}

/** What `tenantDb` reads of a tool: the transaction of a read is READ ONLY. */
export interface DbPolicy {
  readonly access?: Access;
  readonly effects?: Effects;
}

/** What a write may still do after its deadline, or its failure: record what it has done elsewhere. */
const afterwardsMs = 10_000;

/**
 * Gives the handler `call.db`: one transaction, bound to the call's tenant, opened at its first statement, committed when the
 * handler returns and rolled back when it throws. A tool that never uses it takes no connection. Put it innermost; behind an
 * idempotency store of the same database, a `transactional` tool gets the transaction that also holds its key and result.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { openPostgres, postgresIdempotency, tenantDb } from '@sallyport/postgres';
 * import pg from 'pg';
 *
 * const database = await openPostgres(new pg.Pool({ max: 20, connectionTimeoutMillis: 5_000 }));
 * const stack = hardened({ idempotency: postgresIdempotency(database) }).use(tenantDb(database));
 * ```
 */
export function tenantDb(database: Database): Layer<WithPrincipal & WithTenant & WithDeadline, WithDb, DbPolicy> {
  assertDatabase('tenantDb', database);
  return {
    name: 'db',
    fields: ['access', 'effects'],
    policy: (tool) => ({ transaction: readsOnly(tool) ? 'read only' : 'read and write' }),
    wrap: (next, tool) => {
      const readOnly = readsOnly(tool);
      const phased = tool.effects === 'phased';
      return async (call) => {
        if (call.transaction instanceof EffectTransaction) {
          const db = call.transaction.dbFor(database);
          return next({ ...call, db }).catch((error: unknown) => {
            throw toolErrorOf(error, { readOnly, phased });
          });
        }
        const db = new CallDb(database, { ...scopeOf(call, phased), readOnly }, { phased, afterwardsMs });
        try {
          const result = await next({ ...call, db });
          // It is called again with what it asked for, and does then what it is to do.
          if (isInputRequired(result) && !phased) await db.rollback();
          else await db.commit();
          return result;
        } catch (thrown) {
          const error = toolErrorOf(thrown, { readOnly, phased });
          await db.fail(error);
          throw error;
        }
      };
    },
  };
}

function readsOnly({ kind, access }: { readonly kind: string } & DbPolicy): boolean {
  return kind !== 'tool' || access === 'read';
}

function scopeOf(call: Call & WithPrincipal & WithTenant & WithDeadline, phased: boolean): Scope {
  const { tenant, signal, remainingMs, priority, watch } = call;
  return {
    tenant,
    signal,
    remainingMs: phased ? () => Math.max(remainingMs(), afterwardsMs) : remainingMs,
    priority,
    watch,
    tags: tagsOf(call),
  };
}

/** Who the statements of a call are charged to. */
export function tagsOf({ tenant, principal, tool, meta }: Pick<Call, 'tool' | 'meta'> & WithPrincipal & WithTenant) {
  const { traceparent } = meta;
  const traced =
    typeof traceparent === 'string' && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent);
  return { agent: principal.subject, tool: tool.name, tenant, ...(traced ? { traceparent } : {}) };
}
