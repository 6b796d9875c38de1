import { describe, expect, test } from 'vitest';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop } from '../test-rig/shop-on-server.js';
import { askGenerated } from './generated-sql.js';
import { seededLogins } from './seeded-logins.js';

const clean = { broken: [], foreign: [], written: false, left: [] };

describe.skipIf(!postgresAnswers)('generated queries', () => {
  // `soak:postgres` runs 100,000.
  test('show no foreign row, write nothing, and leave no lock and no setting', async () => {
    const { answered, ...report } = await onShop((shop) => askGenerated(shop, { queries: 2_000, seed: 1 }));
    expect(report).toMatchObject({ queries: 2_000, ...clean });
    expect(answered).toBeGreaterThan(300);
    expect(report.refused).toBeGreaterThan(300);
  });

  test.each([
    ['may set the tenant', 'foreign'],
    ['may lock, on connections that are not cleared', 'left'],
    ['may count, in transactions that are not READ ONLY', 'written'],
  ] as const)('find a login that %s', async (bug, finds) => {
    const seeded = seededLogins[bug];
    const report = await onShop((shop) => askGenerated(shop, { queries: 2_000, seed: 1, seeded }));
    expect({ ...clean, [finds]: report[finds] }).not.toEqual(clean);
  });

  test('leave no lock behind, even where they may take one', async () => {
    const seeded = seededLogins['may lock'];
    const report = await onShop((shop) => askGenerated(shop, { queries: 2_000, seed: 1, seeded }));
    expect(report.left).toEqual([]);
  });
});
