import { describe, expect, test } from 'vitest';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop } from '../test-rig/shop-on-server.js';
import { seededPools } from './seeded-pools.js';
import { mixTenants } from './two-tenants.js';

describe.skipIf(!postgresAnswers)('1,000 concurrent calls of two tenants on a pool of 2', () => {
  test('see and write no foreign row, and lose or double none, whatever throws, is aborted or killed', {
    timeout: 180_000,
  }, async () => {
    const { answered, wrote, faults, ...report } = await onShop((shop) => mixTenants(shop, { calls: 1_000, seed: 1 }));
    expect(report).toEqual({ calls: 1_000, foreign: [], lost: [], doubled: [], unwanted: [] });
    expect(answered).toBeGreaterThan(300);
    expect(wrote).toBeGreaterThan(100);
    expect(faults).toMatchObject({ POLICY_DENIED: expect.any(Number), INVALID_INPUT: expect.any(Number) });
    expect(faults.CANCELLED).toBeGreaterThan(0);
    expect(faults.killed).toBeGreaterThan(0);
  });

  test.each([
    [
      'the tenant is set for the session',
      'foreign',
      [/ was shown /, /^"acme writes .* globex$|^"globex writes .* acme$/],
    ],
    ['calls are answered, and not committed', 'lost', [/ writes /]],
    ['keys are not looked at', 'doubled', [/ writes /]],
    ['what a refused call did is kept', 'unwanted', [/ writes /]],
  ] as const)('find that %s: %s', async (bug, finds, texts) => {
    const report = await onShop((shop) => mixTenants(shop, { calls: 100, seed: 1, seeded: seededPools[bug] }));
    for (const text of texts) expect(report[finds]).toContainEqual(expect.stringMatching(text));
  });
});
