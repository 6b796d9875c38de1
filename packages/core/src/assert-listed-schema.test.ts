import { expect, it } from 'vitest';
import { z } from 'zod';
import { assertListedSchema } from './assert-listed-schema.js';
import { hardened } from './hardened.js';
import type { JsonSchema } from './tool-facts.js';

const check = (schema: object) => assertListedSchema('t', 'input', { type: 'object', ...schema } as JsonSchema);
const region = (more: object = {}) => ({ type: 'string', 'x-mcp-header': 'Region', ...more });

it.each([
  ['a string', { properties: { region: region() } }],
  ['an integer', { properties: { n: { type: 'integer', 'x-mcp-header': 'N' } } }],
  ['a boolean deep inside objects', { properties: { a: { properties: { b: region({ type: 'boolean' }) } } } }],
  ['a property that is called so', { properties: { 'x-mcp-header': { type: 'object' }, $ref: { type: 'string' } } }],
  ['a local reference', { properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'string' } } }],
  ['data that looks like a schema', { properties: { a: { const: { $ref: 'https://x.example' } } } }],
])('%s passes', (_, schema) => {
  expect(() => check(schema)).not.toThrow();
});

it.each([
  ['on a number', { properties: { n: region({ type: 'number' }) } }, /not a string, an integer or a boolean/],
  ['on an object', { properties: { n: region({ type: 'object' }) } }, /not a string/],
  ['on no type', { properties: { n: { 'x-mcp-header': 'N' } } }, /not a string/],
  ['with a space in its name', { properties: { n: region({ 'x-mcp-header': 'N N' }) } }, /not a header name/],
  ['with no name', { properties: { n: region({ 'x-mcp-header': '' }) } }, /not a header name/],
  ['that is no text', { properties: { n: region({ 'x-mcp-header': 7 }) } }, /not a header name/],
  [
    'that differs from another in case only',
    { properties: { a: region(), b: region({ 'x-mcp-header': 'rEGION' }) } },
    /another property has/,
  ],
  ['under items', { properties: { a: { type: 'array', items: region() } } }, /through properties only/],
  ['under anyOf', { anyOf: [{ properties: { a: region() } }] }, /through properties only/],
  ['under $defs', { $defs: { a: region() } }, /through properties only/],
  ['under additionalProperties', { additionalProperties: region() }, /through properties only/],
  ['at the root', region({ type: 'object' }), /through properties only/],
  ['on a password', { properties: { password: region() } }, /looks like a secret/],
  ['named like a secret', { properties: { a: region({ 'x-mcp-header': 'Api-Key' }) } }, /looks like a secret/],
])('x-mcp-header %s is refused at registration (MCP 2026-07-28, tools, x-mcp-header)', (_, schema, problem) => {
  expect(() => check(schema)).toThrow(problem);
});

it('a reference that somebody would have to fetch is refused (MCP 2026-07-28, $ref resolution)', () => {
  for (const ref of ['https://schemas.example/a.json', 'file:///etc/passwd', 'other.json#/a', '//x', '']) {
    expect(() => check({ properties: { a: { $ref: ref } } })).toThrow(/not local/);
    expect(() => check({ items: { $dynamicRef: ref } })).toThrow(/not local/);
  }
});

it('depth and number of subschemas are bounded', () => {
  let deep: object = { type: 'string' };
  for (let i = 0; i < 40; i++) deep = { properties: { a: deep } };
  expect(() => check(deep)).toThrow(/nested too deep/);
  const wide = Object.fromEntries(Array.from({ length: 2_001 }, (_, i) => [`p${i}`, { type: 'string' }]));
  expect(() => check({ properties: wide })).toThrow(/too many subschemas/);
});

it('a tool of a stack is refused when it is made, not when it is called', () => {
  const input = z.object({ n: z.number().meta({ 'x-mcp-header': 'N' }) });
  expect(() => hardened().tool({ name: 't', description: 'x', access: 'read', input, handler: () => 'x' })).toThrow(
    /Tool "t": input has x-mcp-header at n/,
  );
});
