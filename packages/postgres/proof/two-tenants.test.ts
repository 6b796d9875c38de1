import { describe, expect, test } from 'vitest';
import type { Database } from '../src/database.js';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop } from '../test-rig/shop-on-server.js';
import { mixTenants } from './two-tenants.js';

/** As of a tenant that is set for the session and not for the transaction. */
function sticky(database: Database): Database {
  let before = 'acme';
  return {
    ...database,
    open(scope) {
      const tenant = before;
      before = scope.tenant;
      return database.open({ ...scope, tenant });
    },
  };
}

describe.skipIf(!postgresAnswers)('1,000 concurrent calls of two tenants on a pool of 2', () => {
  test('see no foreign row, whatever throws, is aborted or killed', async () => {
    const { answered, foreign, faults } = await onShop((shop) => mixTenants(shop, { calls: 1_000, seed: 1 }));
    expect(foreign).toEqual([]);
    expect(answered).toBeGreaterThan(300);
    expect(faults).toMatchObject({ POLICY_DENIED: expect.any(Number), INVALID_INPUT: expect.any(Number) });
    expect(faults.CANCELLED).toBeGreaterThan(0);
    expect(faults.killed).toBeGreaterThan(0);
  });

  test('find a tenant that is left on a connection by the call before', async () => {
    const { foreign } = await onShop((shop) => mixTenants(shop, { calls: 1_000, seed: 1, seeded: sticky }));
    expect(foreign).not.toEqual([]);
  });
});
