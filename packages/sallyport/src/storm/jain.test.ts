import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jain } from './jain.js';

const shares = fc
  .array(fc.nat(1_000_000), { minLength: 1, maxLength: 100 })
  .filter((all) => all.some((one) => one > 0));

it('is one over one plus the squared coefficient of variation', () => {
  fc.assert(
    fc.property(shares, (all) => {
      const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
      const variance = all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / all.length;
      expect(jain(all)).toBeCloseTo(1 / (1 + variance / mean ** 2), 9);
    }),
  );
});

it('is 1 when all get the same, and 1/n when one of n gets everything', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 1e6 }), (n, each) => {
      expect(jain(new Array<number>(n).fill(each))).toBeCloseTo(1, 12);
      expect(jain([each, ...new Array<number>(n - 1).fill(0)])).toBeCloseTo(1 / n, 12);
    }),
  );
});

it('does not depend on the unit', () => {
  fc.assert(
    fc.property(shares, fc.integer({ min: 2, max: 1_000 }), (all, factor) => {
      expect(jain(all.map((one) => one * factor))).toBeCloseTo(jain(all) ?? Number.NaN, 9);
    }),
  );
});

it('of nothing there is no index', () => {
  expect(jain([])).toBeUndefined();
  expect(jain([0, 0])).toBeUndefined();
});
