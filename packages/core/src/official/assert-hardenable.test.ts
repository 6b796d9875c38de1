import { expect, it } from 'vitest';
import { FakeMcpServer } from '../../test-rig/fake-mcp-server.js';
import { createStack } from '../stack.js';
import { assertHardenable } from './assert-hardenable.js';
import { guardHandlers } from './guard-handlers.js';
import { guardedMethods } from './guard-method.js';
import { serveTable } from './served-table.js';

it('a server can be hardened while nothing is on it but what the SDK sets for declared capabilities', () => {
  const server = new FakeMcpServer();
  assertHardenable(server);
  server.setToolRequestHandlers();
  server.setResourceRequestHandlers();
  server.setPromptRequestHandlers();
  server.setCompletionRequestHandler();
  assertHardenable(server);
});

it.each<[what: string, setUp: (server: FakeMcpServer) => void, problem: RegExp]>([
  ['tools', (server) => server.registerTool('early'), /before tools are registered.*early/],
  ['a stack', (server) => guardHandlers(server, createStack(), () => expect.fail()), /hardened already/],
  ['tools of Sallyport', ({ server }) => serveTable(server, () => {}), /before register/],
  [
    'a connection',
    ({ server }) => {
      server.transport = {};
    },
    /before the server is connected/,
  ],
])('not with %s', (_, setUp, problem) => {
  const server = new FakeMcpServer();
  setUp(server);
  expect(() => assertHardenable(server)).toThrow(problem);
});

it.each([...guardedMethods, 'tools/list', 'tools/call'])('not with a handler of the author for %s', (method) => {
  const server = new FakeMcpServer();
  server.server.setRequestHandler(method, () => ({}));
  expect(() => assertHardenable(server)).toThrow(`Call harden before a handler for ${method} is set.`);
});

it('handlers of the author for anything else may be there', () => {
  const server = new FakeMcpServer();
  server.server.setRequestHandler('ping', () => ({}));
  assertHardenable(server);
});
