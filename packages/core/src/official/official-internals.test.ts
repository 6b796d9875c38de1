import { expect, it } from 'vitest';
import { FakeMcpServer } from '../../test-rig/fake-mcp-server.js';
import { internalsOf } from './official-internals.js';

it('are those of the server itself', () => {
  const server = new FakeMcpServer();
  expect(internalsOf(server)).toBe(server);
});

it.each([
  '_registeredTools',
  '_toolHandlersInitialized',
  '_resourceHandlersInitialized',
  '_promptHandlersInitialized',
  '_completionHandlerInitialized',
  'setResourceRequestHandlers',
  'setPromptRequestHandlers',
  'setCompletionRequestHandler',
  'validateToolOutput',
])('an SDK without %s is refused at the start', (field) => {
  const server = Object.defineProperty(new FakeMcpServer(), field, { value: undefined });
  expect(() => internalsOf(server)).toThrow(`does not know this version of the MCP SDK: its McpServer has no ${field}`);
});
