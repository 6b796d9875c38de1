import { describe, expect, test } from 'vitest';
import type { Database } from '../src/database.js';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop, type ShopOnServer } from '../test-rig/shop-on-server.js';
import { abortSleeps } from './aborted-sleeps.js';

/** Cancels by process id and lets go of the connection: the request may come when the next one has it. */
const careless =
  (shop: ShopOnServer) =>
  (database: Database): Database => ({
    ...database,
    transaction: ({ signal, ...scope }, work) =>
      database.transaction({ ...scope, signal: new AbortController().signal }, async (sql) => {
        const [row] = await sql<{ pid: number }>('select pg_backend_pid() as pid');
        const cancel = () => shop.admin('select pg_cancel_backend($1)', [row?.pid]);
        // Twice, because the first may have come too early.
        signal.addEventListener('abort', () => void cancel().then(cancel), { once: true });
        return work(sql);
      }),
  });

describe.skipIf(!postgresAnswers)('statements that are aborted while they sleep', () => {
  test('end on the server, and no other statement of the pool is cancelled', async () => {
    const report = await onShop((shop) => abortSleeps(shop, { aborts: 200 }));
    expect(report).toMatchObject({ aborted: 200, cancelledBystanders: 0 });
    expect(report.bystanders).toBeGreaterThan(10);
    // `soak:postgres` asks for 500 ms. Here it need only be plain that they did not sleep on, however busy the machine is.
    expect(report.goneMs.slowest).toBeLessThan(5_000);
  });

  test('are found to take others with them when they are cancelled by process id and the connection is used on', async () => {
    const report = await onShop((shop) => abortSleeps(shop, { aborts: 100, seeded: careless(shop) }));
    expect(report.cancelledBystanders).toBeGreaterThan(0);
  });
});
