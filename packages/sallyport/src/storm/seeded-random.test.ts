import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from './seeded-random.js';

const draw = (seed: number, stream: number, count: number): number[] => {
  const random = seededRandom(seed, stream);
  return Array.from({ length: count }, random);
};

it('a stream is the same in every run, and no two of one seed or of one number are', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat(1_000), (seed, stream) => {
      expect(draw(seed, stream, 10)).toEqual(draw(seed, stream, 10));
      expect(draw(seed, stream, 10)).not.toEqual(draw(seed, stream + 1, 10));
      expect(draw(seed, stream, 10)).not.toEqual(draw(seed + 1, stream, 10));
    }),
  );
});

it('draws lie in [0, 1), and are spread evenly', () => {
  const all = Array.from({ length: 100 }, (_, stream) => draw(7, stream, 1_000)).flat();
  expect(Math.min(...all.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
  expect(Math.max(...all.slice(0, 50_000))).toBeLessThan(1);
  const tenths = new Array<number>(10).fill(0);
  for (const one of all) tenths[Math.floor(one * 10)] = (tenths[Math.floor(one * 10)] ?? 0) + 1;
  // 10,000 expected in each, with a standard deviation of 95.
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(600);
});
