import fc from 'fast-check';
import { expect, test } from 'vitest';
import { certainlyFits } from './fits.js';

test('what certainly fits has a JSON text within the limit, in bytes', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.constant({ a: undefined, b: '\u0000\ud800' }),
  );
  fc.assert(
    fc.property(value, fc.nat(2_000), (made, limit) => {
      if (!certainlyFits(made, limit)) return;
      expect(Buffer.byteLength(JSON.stringify(made) ?? '')).toBeLessThanOrEqual(limit);
    }),
  );
});

test('a short text certainly fits into a large limit', () => {
  expect(certainlyFits({ content: [{ type: 'text', text: 'short' }] }, 1_024 * 1_024)).toBe(true);
});

test('what is not plain data is never judged unseen', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  for (const odd of [cyclic, { toJSON: () => 'x'.repeat(10_000) }, { big: 1n }, new Date(), () => 0]) {
    expect(certainlyFits(odd, 1_000_000)).toBe(false);
  }
});
