import { afterAll, beforeAll } from 'vitest';
import { askServer, type PostgresFixture, serverHost, shopOnServer } from './shop-on-server.js';

export type { PostgresFixture } from './shop-on-server.js';
export { poolOf } from './shop-on-server.js';

/** Whether a Postgres answers. In CI it must; elsewhere its suites are skipped, and say so. */
export const postgresAnswers = await answers();

/** A database of its own for one test file, dropped at the end. */
export function usePostgres({ ready = true } = {}): PostgresFixture {
  const shop = shopOnServer();
  beforeAll(async () => {
    await shop.create();
    if (ready) await shop.setUp();
  });
  afterAll(() => shop.drop());
  return shop;
}

async function answers(): Promise<boolean> {
  try {
    await askServer();
    return true;
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    console.warn(`\n*** SKIPPED: no Postgres answers at ${serverHost}. Set TEST_POSTGRES_URL to test on one. ***\n`);
    return false;
  }
}
