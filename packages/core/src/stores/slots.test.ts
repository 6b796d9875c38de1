import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { Slots } from './slots.js';

/** All keys want one of three places, next to each other and over the end of the table. */
const crowded = (key: string, to: Uint32Array) =>
  to.set([0xff_ff_ff_ff + (key.length % 3), key.charCodeAt(0), key.length, Number(key)]);

it.each([
  ['a keyed hash', undefined],
  ['a hash that sends all keys to three places', crowded],
])('each key has one slot that is no other key’s, whatever comes and goes: %s', (_, digest) => {
  const steps = fc.array(fc.record({ key: fc.nat(150).map(String), goes: fc.boolean() }), { maxLength: 600 });
  fc.assert(
    fc.property(steps, (all) => {
      const slots = new Slots(digest);
      const model = new Map<string, number>();
      let most = 0;
      for (const { key, goes } of all) {
        const slot = slots.find(key);
        expect(slot).toBe(model.get(key) ?? -1);
        if (slot < 0) {
          const added = slots.add(key);
          expect([...model.values()]).not.toContain(added);
          model.set(key, added);
          most = Math.max(most, model.size);
          expect(added).toBeLessThan(most);
        } else if (goes) {
          slots.remove(slot);
          model.delete(key);
        }
        expect(slots.size).toBe(model.size);
      }
      for (const [key, slot] of model) expect(slots.find(key)).toBe(slot);
    }),
    { numRuns: 300 },
  );
});

it('finds 100,000 keys again, and none of 100,000 others', () => {
  const slots = new Slots();
  const count = 100_000;
  const added = new Set<number>();
  for (let i = 0; i < count; i++) added.add(slots.add(`agent-${i}`));
  expect(added.size).toBe(count);
  let found = 0;
  for (let i = 0; i < 2 * count; i++) if (slots.find(`agent-${i}`) === i) found++;
  expect(found).toBe(count);
});

it('each store hashes with a random key of its own, of 128 bits', () => {
  const drawn = vi.spyOn(crypto, 'getRandomValues');
  const keys = [new Slots(), new Slots()].map((_, i) => drawn.mock.results[i]?.value as Uint32Array);
  drawn.mockRestore();
  expect(keys.map(({ byteLength }) => byteLength)).toEqual([16, 16]);
  expect(keys[0]).not.toEqual(keys[1]);
});
