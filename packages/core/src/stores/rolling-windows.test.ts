import { mostInWindow } from '@sallyport/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RollingWindows } from './rolling-windows.js';

/** One of its own. */
function oneWindow(windowMs: number) {
  const windows = new RollingWindows();
  const one = windows.add('one', windowMs);
  return {
    waitMs: (now: number, cost: number, limit: number) => windows.waitMs(one, now, cost, limit),
    remaining: (now: number, limit: number) => windows.remaining(one, now, limit),
    charge: (now: number, cost: number, limit = 100) => windows.charge(one, now, cost, limit),
    isSweptAt: (now: number) => {
      windows.sweep(now);
      return windows.find('one') < 0;
    },
  };
}

/** Bucket widths that divide whole: times are then exact, and so is every assertion. */
const windowMs = fc.integer({ min: 1, max: 300 }).map((width) => width * 12);

const arrivals = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 4_000 })),
    cost: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 6 })),
  }),
  { maxLength: 150 },
);

test('never lets more than the limit into any rolling window, whatever arrives when', () => {
  fc.assert(
    fc.property(
      windowMs,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: -5_000, max: 5_000 }),
      arrivals,
      (length, limit, start, calls) => {
        const window = oneWindow(length);
        const history: { atMs: number; units: number }[] = [];
        let now = start;
        for (const { afterMs, cost } of calls) {
          now += afterMs;
          expect(window.remaining(now, limit) >= cost).toBe(window.waitMs(now, cost, limit) <= 0);
          if (window.waitMs(now, cost, limit) > 0) continue;
          expect(window.charge(now, cost, limit)).toBe(window.remaining(now, limit));
          history.push({ atMs: now, units: cost });
        }
        expect(mostInWindow(history, length)).toBeLessThanOrEqual(limit);
      },
    ),
    { numRuns: 500 },
  );
});

test('refuses only what the last thirteen twelfths of a window leave no room for', () => {
  fc.assert(
    fc.property(windowMs, fc.integer({ min: 1, max: 20 }), arrivals, (length, limit, calls) => {
      const window = oneWindow(length);
      const history: { atMs: number; units: number }[] = [];
      let now = 0;
      for (const { afterMs, cost } of calls) {
        now += afterMs;
        const recent = history.filter(({ atMs }) => atMs > now - (length * 13) / 12);
        const spent = recent.reduce((sum, { units }) => sum + units, 0);
        if (window.waitMs(now, cost, limit) > 0) {
          expect(spent + cost).toBeGreaterThan(limit);
          continue;
        }
        window.charge(now, cost);
        history.push({ atMs: now, units: cost });
      }
    }),
    { numRuns: 500 },
  );
});

test('names the first moment at which the cost fits: refused just before, admitted at it', () => {
  fc.assert(
    fc.property(windowMs, fc.integer({ min: 6, max: 20 }), arrivals, (length, limit, calls) => {
      const window = oneWindow(length);
      const charged: { atMs: number; units: number }[] = [];
      const replay = () => {
        const copy = oneWindow(length);
        for (const { atMs, units } of charged) copy.charge(atMs, units);
        return copy;
      };
      let now = 0;
      for (const { afterMs, cost } of calls) {
        now += afterMs;
        const waitMs = window.waitMs(now, cost, limit);
        if (waitMs === 0) {
          window.charge(now, cost);
          charged.push({ atMs: now, units: cost });
          continue;
        }
        expect(replay().waitMs(now + waitMs - 0.5, cost, limit)).toBeGreaterThan(0);
        expect(replay().waitMs(now + waitMs, cost, limit)).toBe(0);
      }
    }),
    { numRuns: 200 },
  );
});

test('a steady overload gets the whole limit through in every thirteen twelfths of a window', () => {
  const window = oneWindow(60_000);
  let admitted = 0;
  const periods = 50;
  for (let now = 0; now < periods * 65_000; now += 100) {
    if (window.waitMs(now, 1, 100) > 0) continue;
    window.charge(now, 1);
    admitted++;
  }
  expect(admitted).toBe(periods * 100);
});

test('of what is spent in every twelfth of a window the last thirteen count', () => {
  const window = oneWindow(1_200);
  for (let twelfth = 0; twelfth < 40; twelfth++) {
    const before = Math.min(twelfth, 12);
    expect(window.remaining(twelfth * 100, 100)).toBe(100 - before);
    expect(window.waitMs(twelfth * 100, 1, before + 1)).toBe(0);
    expect(window.charge(twelfth * 100 + 50, 1)).toBe(99 - before);
  }
});

test('a cost above the limit always waits', () => {
  const window = oneWindow(1_200);
  expect(window.waitMs(0, 6, 5)).toBeGreaterThan(0);
  window.charge(0, 5);
  expect(window.waitMs(700, 6, 5)).toBeGreaterThan(0);
  expect(window.waitMs(1e9, 6, 5)).toBeGreaterThan(0);
});

test('what is no number is refused, and a time that is none drops nothing', () => {
  const window = oneWindow(1_200);
  for (const bucket of [0, 1, 2]) window.charge(bucket * 100, 1);
  expect([window.waitMs(250, Number.NaN, 100), window.waitMs(250, 1, Number.NaN)].map((wait) => wait > 0)).toEqual([
    true,
    true,
  ]);
  window.waitMs(Number.NaN, 1, 100);
  expect(window.remaining(250, 100)).toBe(97);
});

test('fractions leave no remainder: what is past is gone for good', () => {
  const window = oneWindow(1_200);
  for (let now = 0; now < 1_000_000; now += 7) window.charge(now, 0.1);
  expect(window.waitMs(1_000_000 + 1_300, 1, 1)).toBe(0);
  window.charge(2_000_000, 0.3);
  expect(window.waitMs(2_000_000, 0.7, 1)).toBe(0);
});

test('a clock that steps back neither frees nor loses units', () => {
  const window = oneWindow(1_200);
  window.charge(10_000, 1);
  for (const back of [1, 99, 1_000, 10_000, 1e9]) expect(window.waitMs(10_000 - back, 1, 1)).toBeGreaterThan(0);
  window.charge(9_000, 1);
  expect(window.waitMs(10_000 + 1_200, 2, 2)).toBeGreaterThan(0);
  expect(window.waitMs(10_000 + 1_300, 2, 2)).toBe(0);
});

test('what costs nothing changes nothing', () => {
  const window = oneWindow(1_200);
  window.charge(130, 3);
  window.charge(1_000, 0);
  expect(window.isSweptAt(1_399)).toBe(false);
  expect(window.remaining(1_399, 5)).toBe(2);
});

test('is swept when it has run empty, and not before', () => {
  const window = oneWindow(1_200);
  window.charge(130, 3);
  expect(window.waitMs(1_399, 3, 3)).toBe(1);
  expect(window.isSweptAt(1_399)).toBe(false);
  expect(window.waitMs(1_400, 3, 3)).toBe(0);
  expect(window.isSweptAt(1_400)).toBe(true);
});

test('a window that is made in the place of one that was swept begins empty', () => {
  const windows = new RollingWindows();
  const short = windows.add('short', 1_200);
  for (const now of [50, 150, 250]) windows.charge(short, now, 1, 10);
  windows.sweep(10_000);
  const long = windows.add('long', 3_600_000);
  expect(long).toBe(short);
  expect(windows.remaining(long, 10_000, 10)).toBe(10);
  expect(windows.waitMs(long, 10_000, 10, 10)).toBe(0);
  expect(windows.charge(long, 10_000, 1, 10)).toBe(9);
});

test('of many windows, made and swept in any order, each counts as one of its own would', () => {
  const step = fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 8_000 })),
    key: fc.nat(200),
    cost: fc.integer({ min: 1, max: 3 }),
    sweeps: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const windows = new RollingWindows();
      const own = new Map<number, ReturnType<typeof oneWindow>>();
      let now = 0;
      for (const { afterMs, key, cost, sweeps } of steps) {
        now += afterMs;
        if (sweeps) {
          windows.sweep(now);
          for (const [name, alone] of own) if (alone.isSweptAt(now)) own.delete(name);
          expect(windows.size).toBe(own.size);
        }
        // Of three lengths, the key says which.
        const length = 1_200 * (1 + (key % 3));
        const alone = own.get(key) ?? oneWindow(length);
        own.set(key, alone);
        const found = windows.find(`${key}`);
        const window = found < 0 ? windows.add(`${key}`, length) : found;
        expect(windows.waitMs(window, now, cost, 10)).toBe(alone.waitMs(now, cost, 10));
        expect(windows.charge(window, now, cost, 10)).toBe(alone.charge(now, cost, 10));
        expect(windows.remaining(window, now, 10)).toBe(alone.remaining(now, 10));
      }
    }),
    { numRuns: 200 },
  );
});
