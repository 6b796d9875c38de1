import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AdmittedIds } from './admitted-ids.js';

test('of ids that count in base 36 the last 256 are known, however large the count', () => {
  const starts = fc.oneof(fc.integer({ min: 36 ** 4, max: 2 ** 40 }), fc.constantFrom(36 ** 5, 36 ** 6, 7 * 36 ** 5));
  fc.assert(
    fc.property(starts, fc.nat(700), fc.constantFrom('', '.', 'a1b2.'), (start, before, prefix) => {
      const from = Math.max(36 ** 4, start - before);
      const ids = new AdmittedIds();
      for (let n = from; n < from + 1_000; n++) {
        ids.add(prefix + n.toString(36));
        if (n % 97 !== 0) continue;
        for (let known = Math.max(from, n - 255); known <= n; known++)
          expect(ids.has(prefix + known.toString(36))).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('no id is taken for another: what is known was added', () => {
  const someId = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 }),
    fc.uuid(),
  );
  fc.assert(
    fc.property(fc.array(someId, { maxLength: 60 }), fc.array(someId, { maxLength: 60 }), (added, asked) => {
      const ids = new AdmittedIds();
      for (const id of added) ids.add(id);
      const were = new Set(added);
      for (const id of asked) if (ids.has(id)) expect(were.has(id)).toBe(true);
      if (added.length > 0) expect(ids.has(added.at(-1) as string)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('an id that ends as another does takes its place, and the other is forgotten', () => {
  const ids = new AdmittedIds();
  ids.add('one.00001');
  ids.add('two.00001');
  expect([ids.has('one.00001'), ids.has('two.00001')]).toEqual([false, true]);
});

test('an empty set knows nothing, not even the empty id', () => {
  const ids = new AdmittedIds();
  expect(['', 'a', '\u0000'].map((id) => ids.has(id))).toEqual([false, false, false]);
  ids.add('');
  expect(ids.has('')).toBe(true);
  expect(ids.has('\u0000')).toBe(false);
});
