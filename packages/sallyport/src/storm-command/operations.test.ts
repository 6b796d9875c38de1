import { expect, it } from 'vitest';
import { operationsOf } from './operations.js';

const tools = [
  { name: 'list', readsOnly: true, needsNothing: true },
  { name: 'search', readsOnly: true, needsNothing: false },
  { name: 'drop', readsOnly: false, needsNothing: true },
];

it('by default only what says that it only reads, and needs no arguments, is called', () => {
  expect(operationsOf([], tools)).toEqual([{ tool: 'list', arguments: {} }]);
  expect(() => operationsOf([], tools.slice(1))).toThrow('name one with --tool: search, drop');
});

it('what is named is called with its arguments; a write with keys', () => {
  expect(operationsOf(['search={"q":"a=b"}', 'drop'], tools)).toEqual([
    { tool: 'search', arguments: { q: 'a=b' }, keyed: false },
    { tool: 'drop', arguments: {}, keyed: true },
  ]);
});

it.each([
  ['nothing', 'lists no tool nothing'],
  ['search={', 'no JSON object'],
  ['search=[]', 'no JSON object'],
])('%s is refused', (named, message) => {
  expect(() => operationsOf([named], tools)).toThrow(message);
});
