import { testPrincipal } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { limitShapeOf } from './limit-shape.js';
import { TenantLimitSets } from './tenant-limit-sets.js';

const shapeOf = (perMinute: number) =>
  limitShapeOf({ perMinute }, 'this tenant', 'tenant')(testPrincipal({ tenant: 'acme' }));

test('all callers of a tenant have one set of limits while they are the same', () => {
  const sets = new TenantLimitSets();
  const shape = shapeOf(10);
  expect(sets.of('acme', shape, 1)).toBe(sets.of('acme', shape, 1));
});

test('what another tool costs is another set, and so is what another plan allows', () => {
  const sets = new TenantLimitSets();
  const [gold, free] = [shapeOf(100), shapeOf(10)];
  expect(sets.of('acme', gold, 1).windows).toMatchObject([{ limit: 100, cost: 1 }]);
  expect(sets.of('acme', gold, 5).windows).toMatchObject([{ limit: 100, cost: 5 }]);
  expect(sets.of('acme', free, 5).windows).toMatchObject([{ limit: 10, cost: 5 }]);
  expect(sets.of('acme', gold, 1).windows).toMatchObject([{ limit: 100, cost: 1 }]);
});

test('however many tenants there are, each has counters of its own', () => {
  const sets = new TenantLimitSets();
  const shape = shapeOf(10);
  const keys = Array.from({ length: 2_500 }, (_, tenant) => sets.of(`t${tenant}`, shape, 1).windows[0]?.key);
  expect(new Set(keys).size).toBe(2_500);
  expect(sets.of('t0', shape, 1).windows[0]?.key).toBe(keys[0]);
});
