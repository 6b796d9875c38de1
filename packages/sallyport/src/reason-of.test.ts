import { expect, test } from 'vitest';
import { reasonOf } from './reason-of.js';

test.each<[what: string, thrown: unknown, reason: string]>([
  ['an error of several lines', new Error('\nfirst\nsecond'), 'first'],
  ['an error with a code only', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [
    'a failed fetch',
    new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND x') }),
    'getaddrinfo ENOTFOUND x',
  ],
  ['a text', 'no', 'no'],
  ['nothing', undefined, 'undefined'],
  ['a null', null, 'null'],
  ['escapes', new Error('\u001b[31mred'), ' [31mred'],
  ['a very long one', new Error('x'.repeat(10_000)), 'x'.repeat(500)],
])('of %s there is one line', (_what, thrown, reason) => {
  expect(reasonOf(thrown)).toBe(reason);
});
