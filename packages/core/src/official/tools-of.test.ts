import { expect, it } from 'vitest';
import { FakeMcpServer } from '../../test-rig/fake-mcp-server.js';
import { authorize } from '../layers/authorize.js';
import { createStack } from '../stack.js';
import { guardHandlers } from './guard-handlers.js';
import { serveTable } from './served-table.js';
import { toolsOf } from './tools-of.js';

it('are the tools that are served, then the guarded methods, of either server object', () => {
  const server = new FakeMcpServer();
  expect(toolsOf(server)).toEqual([]);
  const stack = createStack().use(authorize());
  guardHandlers(server, stack, (method: string) => ({ method, run: () => ({}), through: () => () => ({}) }));
  const tool = createStack().wrap({ kind: 'tool', name: 'a' }, async () => ({}));
  serveTable(server.server, () => {}).add([{ tool, options: {} }]);
  server.setPromptRequestHandlers();
  expect(toolsOf(server).map(({ facts }) => facts.name)).toEqual(['a', 'prompts/list', 'prompts/get']);
  expect(toolsOf(server.server)).toEqual(toolsOf(server));
});
