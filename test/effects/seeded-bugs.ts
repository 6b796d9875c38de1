import { setTimeout as wait } from 'node:timers/promises';
import type { IdempotencyStore } from '@sallyport/core';
import type { auditTrail, Database } from '@sallyport/postgres';

/** Key and result in transactions of their own, and a claim that is free again when it has expired. */
export function expiringClaims(store: IdempotencyStore): IdempotencyStore {
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
      // As long as a busy store takes: here a process dies between the effect and its result.
      await wait(150);
      if (result !== '') await store.settle({ tenant: request.tenant, key: request.key, token: claim.token }, result);
      return { state: 'claimed', token: claim.token };
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
      // As long as a busy server takes: here a process dies between the entry and its effect.
      await wait(100);
      return result;
    },
  };
}
