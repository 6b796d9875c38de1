import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Latency } from './latency.js';

const times = fc.array(
  fc.oneof(fc.double({ min: 0.001, max: 100, noNaN: true }), fc.double({ min: 0.001, max: 3.6e6, noNaN: true })),
  {
    minLength: 1,
    maxLength: 300,
  },
);

/** The value at the nearest rank, of all values sorted. */
function byHand(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const rank = Math.max(1, Math.round((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

it.each([
  [3, 0.001],
  [2, 0.01],
] as const)('with %i figures a percentile is that of all times sorted, to one part in %d', (figures, error) => {
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 100 }), (values, percent) => {
      const latency = new Latency(figures);
      for (const value of values) latency.add(value);
      const expected = byHand(values, percent);
      // Times are whole microseconds.
      expect(Math.abs(latency.percentile(percent) - expected)).toBeLessThanOrEqual(expected * error + 0.001);
    }),
    { numRuns: 500 },
  );
});

it('a percentile never falls as the percentage grows, and the greatest is the greatest time', () => {
  fc.assert(
    fc.property(times, (values) => {
      const latency = new Latency();
      for (const value of values) latency.add(value);
      const { count, p50, p95, p99, max } = latency.percentiles() ?? expect.fail();
      expect(count).toBe(values.length);
      expect([p50, p95, p99, max]).toEqual([p50, p95, p99, max].sort((one, other) => one - other));
      expect(Math.abs(max - Math.max(...values))).toBeLessThanOrEqual(0.001 + Math.max(...values) / 1_000);
    }),
  );
});

it('what is shorter than a microsecond or longer than an hour is counted as that', () => {
  const latency = new Latency();
  latency.add(-1);
  latency.add(1e12);
  expect(latency.percentiles()).toMatchObject({ count: 2, p50: 0.001 });
  expect(latency.percentile(100)).toBeCloseTo(3_600_000, -4);
});

it('of nothing there are no percentiles', () => {
  expect(new Latency().percentiles()).toBeUndefined();
});
