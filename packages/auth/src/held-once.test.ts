import { expect, it } from 'vitest';
import { listHeldOnce } from './held-once.js';
import { principalOf } from './principal-of.js';

const claims = (subject: string, scope: string) =>
  JSON.parse(JSON.stringify({ iss: 'https://login.example', sub: subject, exp: 2e9, client_id: 'app', scope }));

it('what many principals have in common is one object for all of them, and says what their own tokens say', () => {
  const [a, b, c] = [principalOf(claims('a', 'x y')), principalOf(claims('b', 'x y')), principalOf(claims('c', 'x'))];
  expect(b.scopes).toBe(a.scopes);
  expect([a, b, c]).toEqual([
    { issuer: 'https://login.example', subject: 'a', scopes: ['x', 'y'], expiresAt: 2e9, clientId: 'app' },
    { issuer: 'https://login.example', subject: 'b', scopes: ['x', 'y'], expiresAt: 2e9, clientId: 'app' },
    { issuer: 'https://login.example', subject: 'c', scopes: ['x'], expiresAt: 2e9, clientId: 'app' },
  ]);
});

it('lists that only look alike when they are joined stay apart, and such that begin alike', () => {
  const lists = [['a', 'bc'], ['ab', 'c'], ['abc'], ['bc', 'a'], [], ['x'.repeat(900), 'a'], ['x'.repeat(900), 'b']];
  for (let round = 0; round < 2; round++) for (const list of lists) expect(listHeldOnce(list)).toEqual(list);
});

it.each([1, 2, 2_000])('a list of scopes cannot be changed, of %d too', (count) => {
  const list = listHeldOnce(Array.from({ length: count }, (_, i) => `scope-${i}`));
  expect(list).toHaveLength(count);
  expect(Object.isFrozen(list)).toBe(true);
});
