import fc from 'fast-check';
import { expect, it } from 'vitest';
import { behaviours, behaviourTexts } from './behaviours.js';
import { type Mix, planAgents } from './plan-agents.js';

const operations = () => ({ tool: 'x', arguments: {} });
const callers = ['a', 'b', 'c'].map((subject) => ({ tenant: 'acme', subject }));
const names = Object.keys(behaviourTexts);

it('there are as many agents as asked, each class at least once, none further from its share than the rounding', () => {
  const mix = fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 1, max: 20 }), { minKeys: 1 });
  fc.assert(
    fc.property(mix, fc.integer({ min: 8, max: 200 }), (weights, count) => {
      const agents = planAgents({ mix: weights as Mix, count, callers, operations });
      expect(agents.length).toBe(count);
      expect(new Set(agents.map(({ name }) => name)).size).toBe(count);
      const all = Object.values(weights).reduce((sum, one) => sum + one, 0);
      const least = Object.values(weights).filter((weight) => (weight * count) / all < 1).length;
      for (const [name, weight] of Object.entries(weights)) {
        const given = agents.filter((one) => one.class === name).length;
        expect(given).toBeGreaterThanOrEqual(1);
        expect(Math.abs(given - (weight * count) / all)).toBeLessThanOrEqual(1 + least);
      }
    }),
  );
});

it('callers and versions of the protocol are dealt evenly, and not always to each other', () => {
  const agents = planAgents({ count: 60, callers, operations });
  for (const { subject } of callers) {
    const own = agents.filter(({ caller }) => caller.subject === subject);
    expect(own.length).toBe(20);
    expect(own.filter(({ protocol }) => protocol === '2026-07-28').length).toBe(10);
  }
  const paired = planAgents({ count: 8, callers: callers.slice(0, 2), operations });
  expect(new Set(paired.map(({ caller, protocol }) => caller.subject + protocol)).size).toBe(4);
});

it('every behaviour has a text', () => {
  expect(Object.keys(behaviours())).toEqual(names);
});

it.each<[string, Mix, number]>([
  ['nobody', {}, 5],
  ['fewer agents than classes', { patient: 1, rogue: 1 }, 1],
])('%s is refused', (_, mix, count) => {
  expect(() => planAgents({ mix, count, callers, operations })).toThrow(RangeError);
});
