import { setTimeout as wait } from 'node:timers/promises';
import { type IdempotencyStore, ToolError } from '@sallyport/core';
import type { auditTrail, Database, TenantDb } from '@sallyport/postgres';

/** As long as a busy server takes: here a process dies or stands still between two things that should be one. */
const busyMs = 150;

/** Stores of keys with a bug in them, by its name. */
export const storesWithBugs: Readonly<
  Record<string, ((store: IdempotencyStore, database: Database) => IdempotencyStore) | undefined>
> = {
  'expiring claims': expiringClaims,
  'leased effects': leasedEffects,
  'claims that run again': claimsThatRunAgain,
  'unknown is done': unknownIsDone,
};

/** Key and result in transactions of their own, and a claim that is free again when it has expired. */
function expiringClaims(store: IdempotencyStore): IdempotencyStore {
  return {
    ...store,
    async transact(call, request, run) {
      if (request === undefined) throw new Error('the storm has keys');
      const claim = await store.claim({ ...request, leaseMs: 50 });
      if (claim.state !== 'claimed' && claim.state !== 'unknown') return claim;
      let result = '';
      await store.transact?.(call, undefined, async (transaction) => {
        const end = await run(transaction, claim.token);
        if (end.save !== 'nothing') result = end.result;
        return end;
      });
      await wait(busyMs);
      if (result !== '') await store.settle({ tenant: request.tenant, key: request.key, token: claim.token }, result);
      return { state: 'claimed', token: claim.token };
    },
  };
}

/**
 * A claim that is free again when it has expired, with effect and result in one transaction: sound as long as `settle` refuses
 * the token of a holder that was succeeded, which undoes its effect. `seeded/unfenced-settle.sql` does not.
 */
function leasedEffects(store: IdempotencyStore, database: Database): IdempotencyStore {
  return {
    ...store,
    async transact(call, request, run) {
      if (request === undefined) throw new Error('the storm has keys');
      const claim = await store.claim({ ...request, leaseMs: 50 });
      if (claim.state !== 'claimed' && claim.state !== 'unknown') return claim;
      await store.transact?.(call, undefined, async (transaction) => {
        const end = await run(transaction, claim.token);
        await wait(busyMs);
        if (end.save === 'nothing') return end;
        const { sql } = (transaction as { dbFor(database: Database): TenantDb }).dbFor(database);
        const text = 'select sallyport.settle($1, $2, $3) as settled';
        const [row] = await sql<{ settled: boolean }>(text, [request.key, claim.token, end.result]);
        if (row?.settled !== true) throw new ToolError('OVERLOADED', 'Another call took this one over.');
        return end;
      });
      return claim;
    },
  };
}

/** Runs an effect elsewhere once more when the claim of the first attempt has expired. */
function claimsThatRunAgain(store: IdempotencyStore): IdempotencyStore {
  return {
    ...store,
    async claim(request) {
      const claim = await store.claim(request);
      return claim.state === 'unknown' ? { ...claim, state: 'claimed' } : claim;
    },
  };
}

/** Answers that it was done when nobody can know. */
function unknownIsDone(store: IdempotencyStore): IdempotencyStore {
  const done = { content: [{ type: 'text', text: '{"id":"done"}' }], structuredContent: { id: 'done' } };
  return {
    ...store,
    async claim(request) {
      const claim = await store.claim(request);
      return claim.state === 'unknown' ? { state: 'settled', result: JSON.stringify({ result: done }) } : claim;
    },
  };
}

/** An audit trail whose entries are saved in a transaction of their own, before that of the effect. */
export function auditedApart(database: Database): ReturnType<typeof auditTrail> {
  return {
    name: 'audit',
    wrap: (next, tool) => async (call) => {
      const result = await next(call);
      const entry = JSON.stringify({ kind: 'effect', tool: tool.name, arguments: call.input });
      const scope = { tenant: call.tenant, signal: call.signal, remainingMs: () => 5_000 };
      await database.transaction(scope, (sql) =>
        sql('insert into sallyport.audit_entries (tenant, entry) values ($1, $2)', [call.tenant, entry]),
      );
      await wait(busyMs);
      return result;
    },
  };
}
