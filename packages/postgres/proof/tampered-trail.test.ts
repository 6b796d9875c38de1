import { describe, expect, test } from 'vitest';
import type { verifyAuditTrail } from '../src/audit/verify-audit-trail.js';
import { postgresAnswers } from '../test-rig/postgres-fixture.js';
import { onShop } from '../test-rig/shop-on-server.js';
import { type TamperedTrailOptions, tamperWithTrail } from './tampered-trail.js';

type Verify = typeof verifyAuditTrail;

const tamper = (options: Omit<TamperedTrailOptions, 'seed'>) =>
  onShop((shop) => tamperWithTrail(shop, { seed: 1, ...options }));

/** A verification without some of its checks. */
const without =
  (...checks: readonly string[]) =>
  (verify: Verify): Verify =>
  async (session, options) => {
    const found = await verify(session, options);
    return { ...found, problems: found.problems.filter(({ problem }) => !checks.includes(problem)) };
  };

describe.skipIf(!postgresAnswers)('a trail whose rows a superuser changes', () => {
  // `soak:postgres` does it 10,000 times.
  test('is found to be changed, every time, and to be whole when it was put back', async () => {
    const { kinds, ...report } = await tamper({ tamperings: 300 });
    expect(report).toEqual({ tampered: 300, missed: [], falseAlarms: 0 });
    expect(kinds).toBeGreaterThan(12);
  });

  test.each<[string, string, (verify: Verify) => Verify]>([
    [
      // Whoever keeps checkpoints elsewhere would find it without looking at signatures.
      'does not look at signatures',
      'everything is made anew and signed with another key',
      (verify) => (session) => verify(session, { isSigned: () => true }),
    ],
    [
      'does not count',
      'the end of a chain is cut off',
      without(
        'a checkpoint names this place, and the chain has none',
        'this entry is in no chain, and does not wait for one',
      ),
    ],
    [
      'does not look at whether an entry follows the hash before it',
      'an entry is edited',
      without('the entry, or its place, is not the one that was sealed'),
    ],
  ])('is found to pass a verification that %s: %s', async (_what, only, seeded) => {
    expect((await tamper({ tamperings: 20, only, seeded })).missed).not.toEqual([]);
  });
});
