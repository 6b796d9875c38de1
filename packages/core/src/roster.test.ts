import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Roster, type Seat } from './roster.js';

test('has who entered and has not left, whatever the order, and leaving twice is leaving once', () => {
  const steps = fc.array(fc.record({ enters: fc.boolean(), who: fc.nat({ max: 50 }) }));
  fc.assert(
    fc.property(steps, (given) => {
      const roster = new Roster<number>();
      const seats: Seat<number>[] = [];
      const there = new Set<number>();
      for (const [step, { enters, who }] of given.entries()) {
        const seat = seats[who];
        if (enters || seat === undefined) {
          seats.push(roster.enter(step));
          there.add(step);
        } else {
          roster.leave(seat);
          there.delete(seat.member);
        }
        expect(new Set(roster)).toEqual(there);
        expect(roster.size).toBe(there.size);
      }
    }),
  );
});

test('who leaves while the others are gone through changes nothing for those', () => {
  const roster = new Roster<string>();
  const seats = ['a', 'b', 'c'].map((name) => roster.enter(name));
  const seen: string[] = [];
  for (const name of roster) {
    seen.push(name);
    for (const seat of seats) roster.leave(seat);
  }
  expect(seen).toEqual(['a', 'b', 'c']);
  expect(roster.size).toBe(0);
});
