import { expect, it, vi } from 'vitest';
import { hardened } from '../hardened.js';
import { wrapRegistered } from './wrap-registered.js';

const reader = { issuer: 'test', subject: 'me', scopes: ['mcp:tools:read'], tenant: 'acme' };
const inputSchema = { type: 'object', properties: { n: {} } } as const;
const outputSchema = { type: 'object' } as const;
const reading = { parse: undefined, maxElements: undefined, inputSchema, outputSchema, policy: {} };
const readOnly = { annotations: { readOnlyHint: true } };

it('says what the SDK says of the tool', () => {
  const registered = { title: 'A', description: 'Says a.', ...readOnly, _meta: { 'com.example/x': 1 } };
  const { facts } = wrapRegistered(hardened(), 'a', registered, reading, async () => ({}));
  expect(facts).toMatchObject({
    kind: 'tool',
    name: 'a',
    title: 'A',
    description: 'Says a.',
    annotations: { readOnlyHint: true },
    meta: { 'com.example/x': 1 },
    inputSchema,
    outputSchema,
  });
});

it('the policy is what the author declared, and without an access class what the annotations say', () => {
  const access = (policy: object, registered: object) =>
    wrapRegistered(hardened(), 'a', registered, { ...reading, policy }, async () => ({})).facts.policy.authorize;
  expect(access({}, readOnly)).toMatchObject({ access: 'read' });
  expect(access({}, {})).toMatchObject({ access: 'write' });
  expect(access({ access: 'sensitive', effects: 'phased' }, readOnly)).toMatchObject({ access: 'sensitive' });
});

it("arguments are parsed by the SDK's own schema, after the server's own limit of elements", async () => {
  const run = vi.fn(async () => ({}));
  const parse = vi.fn((value: unknown) => ({ value: { parsed: value } }));
  const tool = wrapRegistered(hardened(), 'a', readOnly, { ...reading, parse, maxElements: 2 }, run);
  await tool.call({ input: { list: [1, 2, 3] }, auth: reader });
  expect(parse).not.toHaveBeenCalled();
  expect(run).not.toHaveBeenCalled();
  await tool.call({ input: { n: 1 }, auth: reader });
  expect(run).toHaveBeenCalledWith(expect.objectContaining({ input: { parsed: { n: 1 } } }));
});
