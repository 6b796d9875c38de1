import { type HardenedCall, type HardenedOptions, type HardenedPolicy, hardened, type Stack } from '@sallyport/core';
import { testPrincipal } from '@sallyport/testkit';
import { z } from 'zod';
import type { Database } from '../src/database.js';
import { postgresIdempotency } from '../src/postgres-idempotency.js';
import { tenantDb, type WithDb } from '../src/tenant-db.js';

/** What a handler behind {@link shopStack} finds on its call. */
export type ShopCall = HardenedCall & WithDb;

/** The shipped stack with the database in it, without limits and without words. */
export function shopStack(database: Database, options: HardenedOptions = {}): Stack<ShopCall, HardenedPolicy> {
  return hardened({
    agentLimits: {},
    // A thousand calls at once are what some tests are about.
    shed: { initialLimit: 2_000, minLimit: 2_000 },
    report: () => {},
    idempotency: postgresIdempotency(database),
    ...options,
  }).use(tenantDb(database));
}

/** A call by an agent of a tenant, with or without a key. */
export function asking(tenant: string, input: object = {}, key?: string) {
  return {
    auth: testPrincipal({ tenant }),
    input,
    ...(key === undefined ? {} : { meta: { 'dev.sallyport/idempotencyKey': key } }),
  };
}

/** A transactional tool that makes an invoice of acme, then does what the test wants. */
export function payTool(
  database: Database,
  then: (call: ShopCall) => unknown = () => undefined,
  { timeoutMs = 30_000, version = '1' } = {},
) {
  return shopStack(database).tool({
    name: 'pay',
    version,
    description: 'Makes an invoice.',
    access: 'write',
    effects: 'transactional',
    timeoutMs,
    input: z.object({ memo: z.string(), fails: z.string().optional() }),
    output: z.object({ id: z.number() }),
    async handler({ memo }, call) {
      const text =
        "insert into invoices (customer_id, amount_cents, currency, memo) values (1, 100, 'EUR', $1) returning id";
      const [row] = await call.db.sql<{ id: number }>(text, [memo]);
      await then(call);
      return { id: row?.id ?? 0 };
    },
  });
}
