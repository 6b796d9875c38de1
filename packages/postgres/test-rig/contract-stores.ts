import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../src/database.js';
import { postgresIdempotency } from '../src/postgres-idempotency.js';

/** The contract's times are short; a busy machine needs longer ones. */
const slower = 4;

/**
 * What the contract of idempotency stores is proved with, on one table: each store sees only keys of its own, because a contract
 * wants a fresh store for each rule.
 */
export function contractStores(database: () => Database) {
  let stores = 0;
  return () => {
    stores += 1;
    const own = `${stores}:`;
    const store = postgresIdempotency(database());
    const named = <K extends { key: string }>(request: K): K => ({ ...request, key: own + request.key });
    return {
      store: {
        ...store,
        claim: (request: Parameters<typeof store.claim>[0]) =>
          store.claim({
            ...named(request),
            leaseMs: request.leaseMs * slower,
            retentionMs: request.retentionMs * slower,
          }),
        renew: (held: Parameters<typeof store.renew>[0], leaseMs: number) => store.renew(named(held), leaseMs * slower),
        settle: (held: Parameters<typeof store.settle>[0], result: string) => store.settle(named(held), result),
        release: (held: Parameters<typeof store.release>[0]) => store.release(named(held)),
        abandon: (held: Parameters<typeof store.abandon>[0]) => store.abandon(named(held)),
      },
      advance: async (ms: number) => void (await wait(ms * slower)),
      toleranceMs: 120,
    };
  };
}
