import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linearScale, logScale } from './scale.js';

const positive = fc.double({ min: 1e-3, max: 1e9, noNaN: true });

it('a linear scale begins at 0, holds what it is for, and has two to six ticks', () => {
  fc.assert(
    fc.property(positive, (max) => {
      const { ticks, at } = linearScale(max, 100);
      expect(ticks[0]).toBe(0);
      expect(at(0)).toBe(0);
      expect(at(max)).toBeLessThanOrEqual(100 + 1e-6);
      expect(at(ticks.at(-1) ?? 0)).toBeCloseTo(100, 6);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(6);
    }),
  );
});

it('a logarithmic scale holds what it is for, and grows', () => {
  fc.assert(
    fc.property(positive, positive, (one, other) => {
      const [min, max] = [Math.min(one, other), Math.max(one, other)];
      const { ticks, at } = logScale(min, max, 100);
      expect(at(min)).toBeGreaterThanOrEqual(-1e-6);
      expect(at(max)).toBeLessThanOrEqual(100 + 1e-6);
      expect(at(min)).toBeLessThanOrEqual(at(max));
      expect(at(ticks.at(-1) ?? 0)).toBeCloseTo(100, 6);
    }),
  );
});
