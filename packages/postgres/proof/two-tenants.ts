import { ToolError } from '@sallyport/core';
import { errorOf, randomFrom } from '@sallyport/testkit';
import { z } from 'zod';
import type { Database } from '../src/database.js';
import type { ShopOnServer } from '../test-rig/shop-on-server.js';
import { asking, type ShopCall, shopStack } from '../test-rig/shop-tools.js';

/** How many, and how. */
export interface TwoTenantsOptions {
  /** Calls at once, by turns of two tenants, on a pool of 2. */
  readonly calls: number;
  readonly seed: number;
  /** The database, or one with the bug that must be found. */
  readonly seeded?: (database: Database) => Database;
}

/** What came of it. */
export interface TwoTenantsReport {
  readonly calls: number;
  /** Calls that were answered with rows, and which tenants those were of that were not the caller's. */
  readonly answered: number;
  readonly foreign: readonly string[];
  /** What went wrong on purpose, by the code of the answer; `killed` counts backends. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Has two tenants call at once, with handlers that throw, statements that fail, callers that go away and backends that are killed. */
export async function mixTenants(shop: ShopOnServer, options: TwoTenantsOptions): Promise<TwoTenantsReport> {
  const { calls, seed, seeded = (database) => database } = options;
  const random = randomFrom(seed);
  const opened = await shop.open({ max: 2 });
  const look = shopStack(seeded(opened)).tool({
    name: 'look',
    description: 'Looks.',
    access: 'read',
    timeoutMs: 20_000,
    input: z.object({}),
    async handler(_input, call: ShopCall) {
      const rows = await call.db.sql<{ tenant_id: string }>('select distinct tenant_id from invoices');
      const chance = random();
      if (chance < 0.15) throw new ToolError('POLICY_DENIED', 'Now and then.');
      if (chance < 0.3) await call.db.sql('select 1 / 0');
      if (chance < 0.4) await call.db.sql('select pg_sleep(0.05)');
      return rows.map((row) => row.tenant_id).join();
    },
  });
  const faults: Record<string, number> = { killed: 0 };
  const foreign: string[] = [];
  let answered = 0;
  const call = async (_: unknown, n: number): Promise<void> => {
    const tenant = n % 2 === 0 ? 'acme' : 'globex';
    const abort = new AbortController();
    if (random() < 0.15) setTimeout(() => abort.abort(), random() * 3_000);
    const answer = await look.call({ ...asking(tenant), signal: abort.signal });
    const code = errorOf(answer)?.code;
    if (code !== undefined) faults[code] = (faults[code] ?? 0) + 1;
    else {
      answered += 1;
      const text = answer.content?.[0]?.text;
      if (text !== tenant) foreign.push(`${tenant} saw ${text}`);
    }
  };
  const kill = `select pg_terminate_backend(pid) from pg_stat_activity
    where usename = 'sallyport_app' and datname = current_database() and state <> 'idle' limit 1`;
  let over = false;
  const kills = async (): Promise<void> => {
    while (!over) faults.killed = (faults.killed ?? 0) + (await shop.admin(kill)).length;
  };
  try {
    const killing = kills();
    await Promise.all(Array.from({ length: calls }, call)).finally(() => {
      over = true;
    });
    await killing;
    return { calls, answered, foreign, faults };
  } finally {
    await opened.close();
  }
}
