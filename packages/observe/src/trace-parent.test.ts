import fc from 'fast-check';
import { expect, test } from 'vitest';
import { traceParent } from './trace-parent.js';

const [a, b] = ['a'.repeat(32), 'b'.repeat(16)];

test.each<[string, object]>([
  [`00-${a}-${b}-01`, { traceId: a, spanId: b, traceFlags: 1, isRemote: true }],
  [`00-${a}-${b}-02`, { traceFlags: 0 }],
  [`cc-${a}-${b}-01-what-comes-later`, { traceId: a }],
])('%s is a parent', (text, expected) => {
  expect(traceParent(text)).toMatchObject(expected);
});

test.each([
  undefined,
  7,
  '',
  `ff-${a}-${b}-01`,
  `00-${a}-${b}-01-more`,
  `00-${a.toUpperCase()}-${b}-01`,
  `00-${'0'.repeat(32)}-${b}-01`,
  `00-${a}-${'0'.repeat(16)}-01`,
  `00-${a}-${b}`,
  `00-${a}-${b}-01\n`,
  `cc-${a}-${b}-01-${'x'.repeat(200)}`,
])('%j is none', (text) => {
  expect(traceParent(text)).toBeUndefined();
});

test('whatever a client sends, it throws nothing', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (one, other) => {
      traceParent(one, other);
      traceParent(`00-${a}-${b}-01`, other);
    }),
  );
});
