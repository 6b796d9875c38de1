import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AdmittedIds } from './admitted-ids.js';

test('of ids that count in base 36 the last 256 are known, until the fifth digit from the right changes', () => {
  const wraps = 36 ** 4;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40_000 }), fc.nat(wraps - 1_000), fc.uuid(), (leading, offset, maker) => {
      const idOf = (n: number) => `${maker}.${n.toString(36)}`;
      const from = leading * wraps + offset;
      const ids = new AdmittedIds();
      for (let n = from; n < from + 1_000; n++) {
        ids.add(idOf(n), 0);
        if (n % 97 !== 0) continue;
        for (let known = Math.max(from, n - 255); known <= n; known++) expect(ids.has(idOf(known), 0)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('from the first count on, and when a digit changes, the last one is known and at least half of the last 256', () => {
  for (const from of [0, 36, 36 ** 2, 36 ** 3, 36 ** 4, 36 ** 5, 2 * 36 ** 4].map((n) => Math.max(0, n - 300))) {
    const idOf = (n: number) => `0b1c5cf4-6d0e-4c6f-8a4e-b83a2c4d5e6f.${n.toString(36)}`;
    const ids = new AdmittedIds();
    for (let n = from; n < from + 900; n++) {
      ids.add(idOf(n), 0);
      expect(ids.has(idOf(n), 0)).toBe(true);
      const last = Array.from({ length: Math.min(256, n - from + 1) }, (_, back) => idOf(n - back));
      expect(last.filter((id) => ids.has(id, 0)).length).toBeGreaterThanOrEqual(last.length / 2);
    }
  }
});

test('of ids that end alike, whoever made them, at least half of the last 256 are known', () => {
  const ids = new AdmittedIds();
  const made = Array.from({ length: 256 }, (_, maker) => `maker ${maker * 7_919}:refund`);
  for (const id of made) ids.add(id, 0);
  expect(made.filter((id) => ids.has(id, 0)).length).toBeGreaterThanOrEqual(128);
});

test('no id is taken for another: what is known was added', () => {
  const someId = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 }),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.uuid(),
  );
  fc.assert(
    fc.property(fc.array(someId, { maxLength: 60 }), fc.array(someId, { maxLength: 60 }), (added, asked) => {
      const ids = new AdmittedIds();
      for (const id of added) ids.add(id, 0);
      const were = new Set(added);
      for (const id of asked) if (ids.has(id, 0)) expect(were.has(id)).toBe(true);
      const last = added.at(-1);
      if (last !== undefined) expect(ids.has(last, 0)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('an id is known for 30 seconds and not longer, also when the clock steps back', () => {
  const ids = new AdmittedIds();
  ids.add('a', 100_000);
  expect([0, 100_000, 129_999, 130_000].map((now) => ids.has('a', now))).toEqual([true, true, true, false]);
});

test('an empty set knows nothing, not even the empty id', () => {
  const ids = new AdmittedIds();
  expect(['', 'a', '\u0000'].map((id) => ids.has(id, 0))).toEqual([false, false, false]);
  ids.add('', 0);
  expect(['', 'a', '\u0000'].map((id) => ids.has(id, 0))).toEqual([true, false, false]);
});
