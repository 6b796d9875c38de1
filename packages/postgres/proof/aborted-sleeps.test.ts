import { describe, expect, test } from 'vitest';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop } from '../test-rig/shop-on-server.js';
import { abortSleeps } from './aborted-sleeps.js';
import { type CarelessAbort, careless } from './careless-aborts.js';

const found = (aborts: number, how: CarelessAbort) =>
  onShop((shop) => abortSleeps(shop, { aborts, seconds: 1.5, seeded: careless(shop, how) }));

describe.skipIf(!postgresAnswers)('statements that are aborted while they sleep', () => {
  test('end on the server, and no other statement of the pool is cancelled', async () => {
    const report = await onShop((shop) => abortSleeps(shop, { aborts: 200 }));
    expect(report).toMatchObject({ aborted: 200, sleptOn: 0, cancelledBystanders: 0 });
    expect(report.bystanders).toBeGreaterThan(10);
    // `soak:postgres` asks for 500 ms. Here it need only be plain that they did not sleep on, however busy the machine is.
    expect(report.goneMs.slowest).toBeLessThan(5_000);
  });

  test('are found to sleep on when the abort is only told to the caller', async () => {
    const { goneMs } = await found(6, 'only given up');
    expect(goneMs.slowest).toBeGreaterThan(500);
  });

  test('are found to sleep on, and to take others with them, when another backend is cancelled', async () => {
    const report = await found(12, 'cancelled on another backend');
    expect(report.cancelledBystanders).toBeGreaterThan(0);
    expect(report.sleptOn).toBeGreaterThan(0);
  });

  test('are found to take others with them when the cancel comes after the connection was given back', async () => {
    expect((await found(100, 'cancelled late')).cancelledBystanders).toBeGreaterThan(0);
  });
});
