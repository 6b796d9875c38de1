import { describe, expect, test } from 'vitest';
import { postgresAnswers, usePostgres } from '../test-rig/postgres-fixture.js';
import { blindScope } from './blind-scope.js';
import { useForeignKeys } from './foreign-keys.js';

describe.skipIf(!postgresAnswers)('a key that another call has used', () => {
  const shop = usePostgres();

  test('runs nothing with other arguments, and shows nothing to another agent, issuer, tenant or tool', async () => {
    const report = await useForeignKeys(shop, { keys: 4 });
    expect(report).toEqual({ calls: 3 * 4 * 12, ran: [], withheld: [], shown: [] });
  });

  test.each(['agent', 'issuer', 'tenant', 'tool', 'arguments'] as const)(
    'is found to show another result when it has no %s in it',
    async (leftOut) => {
      const { shown } = await useForeignKeys(shop, { keys: 1, seeded: blindScope(leftOut) });
      expect(shown).toEqual(['transactional', 'phased', 'natural'].map((effects) => `${effects}: ${leftOut}`));
    },
  );
});
