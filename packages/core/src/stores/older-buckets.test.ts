import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OlderBuckets } from './older-buckets.js';

test('of many windows each has its own buckets, and takes no more room than all had at one time', () => {
  const step = fc.record({
    window: fc.nat(5),
    does: fc.constantFrom('push', 'push', 'push', 'drop', 'dropAll'),
    by: fc.integer({ min: 1, max: 4 }),
    units: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const older = new OlderBuckets();
      const model = Array.from({ length: 6 }, (): { bucket: number; units: number }[] => []);
      let bucket = 0;
      let most = 0;
      for (const { window, does, by, units } of steps) {
        const own = model[window] ?? [];
        if (does === 'push') {
          bucket += by;
          older.push(window, bucket, units);
          own.unshift({ bucket, units });
        } else {
          const before = does === 'dropAll' ? Number.POSITIVE_INFINITY : bucket - 3 * by;
          older.dropBefore(window, before);
          model[window] = own.filter((one) => one.bucket >= before);
        }
        most = Math.max(most, model.flat().length);
        model.forEach((list, at) => {
          expect(older.units(at)).toBe(list.reduce((sum, one) => sum + one.units, 0));
          let total = units;
          const inTheWay = list.find((one) => {
            total += one.units;
            return total + by > 20;
          });
          expect(older.inTheWay(at, units, by, 20)).toBe(inTheWay?.bucket);
        });
      }
      expect(older.capacity).toBe(most);
    }),
    { numRuns: 300 },
  );
});
