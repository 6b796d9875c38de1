import { authorize, createStack, hardened } from '@sallyport/core';
import { testPrincipal } from '@sallyport/testkit';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { visibleTools } from './visible-tools.js';

const stack = hardened();
const shared = { description: 'x', input: z.object({}), handler: () => 'x' };
const tools = [
  stack.tool({ ...shared, name: 'write', access: 'write', effects: 'natural' }),
  stack.tool({ ...shared, name: 'read', access: 'read' }),
  stack.tool({ ...shared, name: 'refund', access: 'sensitive', scopes: ['billing:refund'], effects: 'natural' }),
  createStack()
    .use(authorize({}))
    .tool({ ...shared, name: 'flat', access: 'read' }),
  createStack().tool({ ...shared, name: 'open' }),
];
const visible = visibleTools(tools);
const names = (...scopes: string[]) => visible(testPrincipal({ scopes })).map(({ facts }) => facts.name);

it('a caller sees the tools it may call, in the order of the server', () => {
  expect(names()).toEqual(['open']);
  expect(names('mcp:tools:read')).toEqual(['read', 'flat', 'open']);
  expect(names('billing:refund', 'mcp:tools:read')).toEqual(['read', 'refund', 'flat', 'open']);
});

it('the hierarchy of each tool’s own stack counts', () => {
  expect(names('mcp:tools:write')).toEqual(['write', 'read', 'open']);
  expect(names('mcp:admin')).toEqual(['write', 'read', 'open']);
});

it('equal rights give the same list, whatever else the callers’ scopes are', () => {
  const list = visible(testPrincipal({ scopes: ['mcp:tools:read'] }));
  expect(visible(testPrincipal({ scopes: ['openid', 'mcp:tools:read'], subject: 'other', tenant: 'globex' }))).toBe(
    list,
  );
  for (let i = 0; i < 5_000; i++) visible(testPrincipal({ scopes: ['mcp:tools:read', `noise-${i}`] }));
  expect(visible(testPrincipal({ scopes: ['mcp:tools:read'] }))).toBe(list);
});
