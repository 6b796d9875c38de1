import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Ring } from './ring.js';

it('behaves as a map whose entries are deleted and set again, whatever is added, moved and removed', () => {
  const step = fc.tuple(fc.constantFrom('add', 'toEnd', 'remove'), fc.nat(20));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const ring = new Ring<number>();
      const places = new Map<number, ReturnType<typeof ring.add>>();
      for (const [verb, member] of steps) {
        const place = places.get(member);
        if (verb === 'add' && place === undefined) places.set(member, ring.add(member));
        if (verb === 'add' || place === undefined) continue;
        places.delete(member);
        if (verb === 'toEnd') {
          ring.toEnd(place);
          places.set(member, place);
        } else {
          ring.remove(place);
          ring.remove(place);
        }
      }
      expect([...ring]).toEqual([...places.keys()]);
    }),
  );
});

it('the member at hand may be removed while its ring is walked', () => {
  const ring = new Ring<number>();
  const places = [1, 2, 3].map((member) => ring.add(member));
  const seen: number[] = [];
  for (const member of ring) {
    seen.push(member);
    const place = places[member - 1];
    if (place !== undefined) ring.remove(place);
  }
  expect(seen).toEqual([1, 2, 3]);
  expect([...ring]).toEqual([]);
});
