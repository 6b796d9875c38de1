import { describe, expect, test } from 'vitest';
import type { ContractRule } from '../src/contract-rule.js';

/** A contract is kept by a store without a flaw, and each flaw breaks the rule that has such a title. */
export function proveContract<Flaw extends string>(
  contractOf: (flaw: Flaw | 'none') => readonly ContractRule[],
  flaws: readonly (readonly [flaw: Flaw, title: RegExp])[],
): void {
  describe('the contract accepts a store that keeps it:', () => {
    for (const { title, prove } of contractOf('none')) test(title, prove);
  });

  describe('the contract finds a seeded bug:', () => {
    test.each(flaws)('%s, in “%s”', async (flaw, title) => {
      const broken = contractOf(flaw).find((rule) => title.test(rule.title));
      await expect(broken?.prove()).rejects.toMatchObject({ name: 'AssertionError' });
    });
  });
}
