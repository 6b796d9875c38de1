import { describe, expect, test } from 'vitest';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop } from '../test-rig/shop-on-server.js';
import { askGenerated } from './generated-sql.js';

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
    {
      bug: 'a login that may set the tenant',
      permits: 'grant execute on function pg_catalog.set_config(text, text, boolean) to public',
      finds: 'foreign' as const,
    },
    {
      bug: 'a login that may lock, on connections that are not cleared',
      permits: 'grant execute on function pg_catalog.pg_try_advisory_lock(bigint) to public',
      rewrite: (text: string) => (text === 'DISCARD ALL' ? 'SELECT 1' : text),
      finds: 'left' as const,
    },
    {
      bug: 'a login that may write, in transactions that are not READ ONLY',
      permits: 'grant usage on sequence invoices_id_seq to sallyport_query',
      rewrite: (text: string) => text.replace(', READ ONLY', ', READ WRITE'),
      finds: 'written' as const,
    },
  ])('find $bug', async ({ finds, ...seeded }) => {
    const report = await onShop((shop) => askGenerated(shop, { queries: 2_000, seed: 1, seeded }));
    expect({ ...clean, [finds]: report[finds] }).not.toEqual(clean);
  });

  test('leave no lock behind, even where they may take one', async () => {
    const permits = 'grant execute on function pg_catalog.pg_try_advisory_lock(bigint) to public';
    const report = await onShop((shop) => askGenerated(shop, { queries: 2_000, seed: 1, seeded: { permits } }));
    expect(report.left).toEqual([]);
  });
});
