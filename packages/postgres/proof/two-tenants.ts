import { ToolError, type ToolResult } from '@sallyport/core';
import { errorOf, randomFrom } from '@sallyport/testkit';
import type pg from 'pg';
import { z } from 'zod';
import { openPostgres } from '../src/pg/open-postgres.js';
import { poolOf, type ShopOnServer } from '../test-rig/shop-on-server.js';
import { asking, type ShopCall, shopStack } from '../test-rig/shop-tools.js';

/** How many, and how. */
export interface TwoTenantsOptions {
  /** Calls at once, by turns of two tenants, on a pool of 2. Every other one of a tenant writes a row. */
  readonly calls: number;
  readonly seed: number;
  /** The bug that must be found, on the connections of the pool. */
  readonly seeded?: (pool: pg.Pool) => void;
}

/** What came of it. */
export interface TwoTenantsReport {
  readonly calls: number;
  /** Calls that were answered, and those of them that wrote. */
  readonly answered: number;
  readonly wrote: number;
  /** Rows that were shown to another tenant, or that a call has written for another. */
  readonly foreign: readonly string[];
  /** Rows that were acknowledged and are not there. */
  readonly lost: readonly string[];
  /** Calls, with repeats under their key, that wrote more than one row; and that were refused for good and wrote one. */
  readonly doubled: readonly string[];
  readonly unwanted: readonly string[];
  /** What went wrong on purpose, by the code of the answer; `killed` counts backends. */
  readonly faults: Readonly<Record<string, number>>;
}

/** How often a write is repeated under its key, as long as what became of it may change. */
const attempts = 4;
const refusedForGood = ['POLICY_DENIED', 'INVALID_INPUT'];

/**
 * Has two tenants read and write at once, with handlers that throw, statements that fail, callers that go away and backends that
 * are killed. Who writes repeats it under its key until the answer is final.
 */
export async function mixTenants(shop: ShopOnServer, options: TwoTenantsOptions): Promise<TwoTenantsReport> {
  const { calls, seed, seeded } = options;
  const random = randomFrom(seed);
  const pool = poolOf(shop.url, 2);
  seeded?.(pool);
  const database = await openPostgres(pool, { tables: ['invoices'] });
  const mishap = async ({ db }: ShopCall): Promise<void> => {
    const chance = random();
    if (chance < 0.15) throw new ToolError('POLICY_DENIED', 'Now and then.');
    if (chance < 0.3) await db.sql('select 1 / 0');
    if (chance < 0.4) await db.sql('select pg_sleep(0.05)');
  };
  const spec = { description: 'Has mishaps.', timeoutMs: 120_000 };
  const look = shopStack(database).tool({
    ...spec,
    name: 'look',
    access: 'read',
    input: z.object({}),
    async handler(_input, call) {
      const rows = await call.db.sql<{ tenant_id: string }>('select distinct tenant_id from invoices');
      await mishap(call);
      return rows.map((row) => row.tenant_id).join();
    },
  });
  const write = shopStack(database).tool({
    ...spec,
    name: 'write',
    access: 'write',
    effects: 'transactional',
    input: z.object({ memo: z.string() }),
    async handler({ memo }, call) {
      const text = `insert into invoices (customer_id, amount_cents, currency, memo)
        select min(id), 1, 'EUR', $1 from customers returning tenant_id`;
      const [row] = await call.db.sql<{ tenant_id: string }>(text, [memo]);
      await mishap(call);
      return row?.tenant_id ?? 'nobody';
    },
  });
  const faults: Record<string, number> = { killed: 0 };
  const foreign: string[] = [];
  const [acknowledged, refused] = [new Set<string>(), new Set<string>()];
  let answered = 0;

  const kill = `select pg_terminate_backend(pid) from pg_stat_activity
    where usename = 'sallyport_app' and datname = current_database() and state <> 'idle' limit 1`;
  /** One after the other, and as many to a call whatever the machine does beside. */
  let killing = Promise.resolve();
  const killOne = async (): Promise<void> => {
    // One that cannot be sent in its time has killed nobody.
    const killed = await shop.admin(kill).catch(() => []);
    faults.killed = (faults.killed ?? 0) + killed.length;
  };

  /** One attempt, by a caller who may go away. Gives the code of its failure. */
  const attempt = async (
    tenant: string,
    call: (signal: AbortSignal) => Promise<ToolResult>,
  ): Promise<string | undefined> => {
    const abort = new AbortController();
    if (random() < 0.15) setTimeout(() => abort.abort(), random() * 3_000);
    const answer = await call(abort.signal);
    if (random() < 0.2) killing = killing.then(killOne);
    const code = errorOf(answer)?.code;
    const text = answer.content?.[0]?.text;
    if (code !== undefined) faults[code] = (faults[code] ?? 0) + 1;
    else {
      answered += 1;
      if (text !== tenant) foreign.push(`${tenant} was shown ${text}`);
    }
    return code;
  };
  const call = async (_: unknown, n: number): Promise<void> => {
    const tenant = n % 2 === 0 ? 'acme' : 'globex';
    if (n % 4 < 2) return void (await attempt(tenant, (signal) => look.call({ ...asking(tenant), signal })));
    const memo = `${tenant} writes ${n}`;
    for (let tried = 0; tried < attempts; tried += 1) {
      const code = await attempt(tenant, (signal) => write.call({ ...asking(tenant, { memo }, memo), signal }));
      if (code === undefined) return void acknowledged.add(memo);
      if (refusedForGood.includes(code)) return void refused.add(memo);
    }
  };
  try {
    await Promise.all(Array.from({ length: calls }, call));
    await killing;
  } finally {
    await database.close();
  }
  const rows = await shop.admin(
    "select memo, array_agg(tenant_id) as tenants from invoices where memo like '% writes %' group by memo",
  );
  const tenantsOf = new Map(rows.map(({ memo, tenants }) => [memo as string, tenants as readonly string[]]));
  for (const [memo, tenants] of tenantsOf) {
    for (const tenant of tenants) if (!memo.startsWith(`${tenant} `)) foreign.push(`"${memo}" for ${tenant}`);
  }
  return {
    calls,
    answered,
    wrote: acknowledged.size,
    foreign,
    lost: [...acknowledged].filter((memo) => !tenantsOf.has(memo)),
    doubled: [...tenantsOf].filter(([, tenants]) => tenants.length > 1).map(([memo]) => memo),
    unwanted: [...refused].filter((memo) => tenantsOf.has(memo)),
    faults,
  };
}
