import { testPrincipal } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { perPrincipal } from './per-principal.js';

test('makes it anew for another object and for another tenant, and from the second time on no more for the same', () => {
  const made: string[] = [];
  const nameOf = perPrincipal(({ subject }, tenant) => {
    made.push(`${subject} of ${tenant}`);
    return made.length;
  });
  const agent = testPrincipal({ subject: 'a' });
  expect([nameOf(agent, 't'), nameOf(agent, 't'), nameOf(agent, 't'), nameOf(agent, 't')]).toEqual([1, 2, 2, 2]);
  expect([nameOf(agent, 'u'), nameOf(agent, 'u')]).toEqual([3, 3]);
  expect(nameOf({ ...agent }, 'u')).toBe(4);
  expect(made).toEqual(['a of t', 'a of t', 'a of u', 'a of u']);
});

test('keeps it for those who came last, and not for as many as there are', () => {
  let made = 0;
  const nameOf = perPrincipal(() => ++made);
  const agents = Array.from({ length: 4_000 }, (_, i) => testPrincipal({ subject: `${i}` }));
  for (const agent of agents) for (let call = 0; call < 5; call++) nameOf(agent, 't');
  expect(made).toBe(2 * agents.length);
  for (const agent of agents.slice(-1_000)) nameOf(agent, 't');
  expect(made).toBe(2 * agents.length);
  for (const agent of agents.slice(0, 1_000)) nameOf(agent, 't');
  expect(made).toBe(2 * agents.length + 1_000);
});
