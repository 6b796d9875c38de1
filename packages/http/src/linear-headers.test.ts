import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { assertMediaTypes } from './media-types.js';
import { dropMalformedTrace, isTraceValue } from './trace-context.js';

const long = ' '.repeat(4_000);

/** In milliseconds of CPU. */
function costOf(run: () => void): number {
  const began = process.cpuUsage();
  run();
  return process.cpuUsage(began).user / 1_000;
}

/** What is tried again from every place in it takes a second, and what is tried so in two places longer than any test. */
const bearable = 500;

it.each([
  ['a value', `a=${long}"`],
  ['a property', `a=1;p=${long}"`],
  ['a value and a property', `a=${long};p=${long}"`],
  ['many properties', `a=1${';p= '.repeat(1_500)}"`],
])('baggage with white space around %s costs what its length is worth', (_, baggage) => {
  const message = { params: { _meta: { baggage } } };
  expect(costOf(() => dropMalformedTrace(message))).toBeLessThan(bearable);
  expect(message.params._meta).toEqual({});
});

it.each([
  ['a', false],
  ['a=', true],
  ['a =\t1', true],
  ['a=1;p', true],
  ['a=1 ; p = 2 ;q', true],
  ['a=1;', false],
  ['a=1;;p', false],
  ['a=1;p q', false],
  ['a=1,b=2;p', true],
  ['a=1,', false],
])('baggage %j is well-formed: %s (W3C Baggage, 3.2.1.1)', (baggage, expected) => {
  expect(isTraceValue('baggage', baggage)).toBe(expected);
});

it.each([
  ['Content-Type', { 'content-type': `application/json;${' '.repeat(31_000)}x` }],
  ['Content-Type without parameter', { 'content-type': `application/json${' '.repeat(31_000)}x` }],
  ['Accept', { 'content-type': 'application/json', accept: `text/html;q =${' '.repeat(31_000)}x` }],
])('a %s of white space costs what its length is worth', (_, headers) => {
  const request = { headers } as IncomingMessage;
  expect(costOf(() => expect(() => assertMediaTypes(request)).toThrow())).toBeLessThan(bearable);
});
