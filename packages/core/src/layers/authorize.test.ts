import { layerHarness, madeUpFacts, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import type { Access } from '../scopes.js';
import { type AuthorizePolicy, authorizationOf, authorize, denial } from './authorize.js';

const ofTool = (declared: AuthorizePolicy, name = 'echo') => layerHarness(authorize(), { name, ...declared }).tool;

describe('access', () => {
  const read = 'mcp:tools:read';
  const write = 'mcp:tools:write';
  const admin = 'mcp:admin';

  test.each<[Access, string[], boolean]>([
    ['read', [read], true],
    ['read', [write], true],
    ['read', [admin], true],
    ['write', [read], false],
    ['write', [write], true],
    ['write', [admin], true],
    ['sensitive', [read], false],
    ['sensitive', [write], true],
    ['admin', [read, write], false],
    ['admin', [admin], true],
    ['read', [], false],
    ['read', ['MCP:TOOLS:READ', 'mcp:tools:*', 'mcp:tools', '__proto__', 'constructor'], false],
    ['read', ['mcp:resources:read'], false],
  ])('%s with the scopes %j: %s', (access, scopes, allowed) => {
    expect(denial(ofTool({ access }), testPrincipal({ scopes })) === undefined).toBe(allowed);
  });

  test.each(['resource', 'prompt'] as const)('of a %s needs mcp:resources:read, which admin includes', (kind) => {
    const { tool } = layerHarness(authorize(), { kind, access: 'read' });
    expect(denial(tool, testPrincipal({ scopes: [write] }))?.code).toBe('INSUFFICIENT_SCOPE');
    expect(denial(tool, testPrincipal({ scopes: [admin] }))).toBeUndefined();
  });
});

test("a tool's own scopes are all needed, in place of the one of its access class", () => {
  const tool = ofTool({ access: 'write', scopes: ['billing:refund', 'billing:read'] });
  expect(denial(tool, testPrincipal({ scopes: ['mcp:admin', 'billing:read'] }))).toMatchObject({
    code: 'INSUFFICIENT_SCOPE',
    message: 'echo needs the scope billing:refund.',
    details: { requiredScopes: ['billing:refund', 'billing:read'] },
  });
  expect(denial(tool, testPrincipal({ scopes: ['billing:read', 'billing:refund'] }))).toBeUndefined();
});

test('a hierarchy of the server’s own replaces the shipped one; it is transitive, and one that goes in a circle ends', () => {
  const hierarchy = { root: ['a'], a: ['b'], b: ['c', 'a'], c: ['root', 'mcp:tools:read'] };
  const { tool } = layerHarness(authorize(hierarchy), { access: 'read' });
  expect(denial(tool, testPrincipal({ scopes: ['root'] }))).toBeUndefined();
  expect(denial(tool, testPrincipal({ scopes: ['mcp:admin'] }))?.code).toBe('INSUFFICIENT_SCOPE');
});

test('a denial is the same, byte for byte, whatever order the token has its scopes in and however often it is made', () => {
  const tool = ofTool({ access: 'admin', scopes: ['z', 'a', 'm'] });
  const texts = [['x', 'm'], ['m', 'x'], ['m']].map((scopes) => denial(tool, testPrincipal({ scopes }))?.message);
  expect(new Set(texts)).toEqual(new Set(['echo needs the scope z a.']));
});

test('a call without a principal is UNAUTHENTICATED, and neither it nor a denied one reaches the handler', async () => {
  const handler = vi.fn(async () => ({ content: [] }));
  const harness = layerHarness(authorize(), { access: 'write' }, handler);
  await expect(harness.call({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(harness.call({ auth: testPrincipal({ scopes: [] }) })).rejects.toMatchObject({
    code: 'INSUFFICIENT_SCOPE',
  });
  expect(handler).not.toHaveBeenCalled();
});

test('puts the very principal of the edge on the call', async () => {
  const auth = testPrincipal();
  let seen: unknown;
  const harness = layerHarness(authorize(), { access: 'read' }, async (call) => {
    seen = call.principal;
    return { content: [] };
  });
  await harness.call({ auth });
  expect(seen).toBe(auth);
});

test('what the edge asks before the call is what the layer answers in it', async () => {
  const harness = layerHarness(authorize(), { access: 'admin' });
  for (const scopes of [[], ['mcp:tools:write'], ['mcp:admin']]) {
    const auth = testPrincipal({ scopes });
    const thrown: unknown = await harness.call({ auth }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(thrown).toEqual(denial(harness.tool, auth));
  }
});

test('nothing is denied, and nothing is known, where the stack does not authorize', () => {
  expect(denial(madeUpFacts(), undefined)).toBeUndefined();
  expect(authorizationOf(madeUpFacts())).toBeUndefined();
});

test.each([
  [{}, 'access'],
  [{ access: 'readonly' }, 'access'],
  [{ access: 'toString' }, 'access'],
  [{ access: null }, 'access'],
  [{ access: 'read', scopes: [] }, 'scopes'],
  [{ access: 'read', scopes: 'mcp:tools:read' }, 'scopes'],
  [{ access: 'read', scopes: [7] }, 'scopes'],
  [{ access: 'read', scopes: [''] }, 'scopes'],
  [{ access: 'read', scopes: null }, 'scopes'],
])('%j is refused at registration, naming the tool and %s', (declared, field) => {
  expect(() => authorize().policy?.({ ...madeUpFacts(), ...(declared as object) })).toThrow(
    expect.objectContaining({ name: 'PolicyError', tool: 'echo', field }),
  );
});

test('says where access comes from when the author did not declare it', () => {
  expect(authorizationOf(ofTool({ access: 'read', derivedFrom: 'annotations' }))).toMatchObject({
    derivedFrom: 'annotations',
  });
});
