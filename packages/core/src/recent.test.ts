import { expect, it } from 'vitest';
import { Recent } from './recent.js';

it.each([1, 9, 10, 11, 19, 20, 21, 1_000])('of %d keys it keeps the last 10, and not the last 20', (count) => {
  const recent = new Recent<number, string>(10);
  for (let key = 1; key <= count; key++) recent.set(key, `${key}`);
  for (let key = count; key > Math.max(0, count - 10); key--) expect(recent.get(key)).toBe(`${key}`);
  for (let key = 1; key <= count - 20; key++) expect(recent.get(key)).toBeUndefined();
});

it('what is asked for again and again stays', () => {
  const recent = new Recent<string, number>(10);
  recent.set('asked', 1);
  for (let key = 0; key < 1_000; key++) {
    recent.set(`${key}`, key);
    expect(recent.get('asked')).toBe(1);
  }
});

it('forgets all', () => {
  const recent = new Recent<string, number>(2);
  for (const key of ['a', 'b', 'c']) recent.set(key, 1);
  recent.clear();
  expect(['a', 'b', 'c'].map((key) => recent.get(key))).toEqual([undefined, undefined, undefined]);
});
