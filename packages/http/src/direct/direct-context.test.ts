import { headerOf } from '@sallyport/core/adapter';
import { afterEach, expect, test, vi } from 'vitest';
import { DirectContext } from './direct-context.js';

afterEach(() => vi.unstubAllGlobals());

const contextOf = (headers: Readonly<Record<string, string>>) =>
  new DirectContext({ request: { headers }, trustedProxies: 0 } as never);

test('a header is read without making a web Request', () => {
  vi.stubGlobal('Request', undefined);
  expect(headerOf(contextOf({ 'mcp-protocol-version': '2025-11-25' }), 'mcp-protocol-version')).toBe('2025-11-25');
});

test.each([
  ['authorization', 'Bearer secret'],
  ['cookie', 'session=secret'],
  ['traceparent', 'nonsense'],
])('%s is not handed on that way either', (name, value) => {
  expect(headerOf(contextOf({ [name]: value }), name)).toBeUndefined();
});
