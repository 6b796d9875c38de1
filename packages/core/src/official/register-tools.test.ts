import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { FakeMcpServer, FakeServer } from '../../test-rig/fake-mcp-server.js';
import { hardened } from '../hardened.js';
import { createStack } from '../stack.js';
import { guardHandlers } from './guard-handlers.js';
import { registerTools } from './register-tools.js';
import { servedTable, serveTable } from './served-table.js';

const stack = hardened();
const tool = (name: string) =>
  stack.tool({ name, description: name, access: 'read', input: z.object({}), handler: () => name });
const serve = (server: FakeServer) => serveTable(server, () => {});
const claim = (server: FakeMcpServer, refuse: () => never) => {
  server.registerTool = refuse;
};
const register = (server: FakeMcpServer | FakeServer, ...names: string[]) =>
  registerTools<FakeServer, FakeMcpServer>(server, names.map(tool), {}, { serve, claim });
const names = (server: FakeServer) =>
  servedTable(server)
    ?.list()
    .map(({ name }) => name);

it('tools are served in the order of registration, and a second registration adds to the first', () => {
  const server = new FakeMcpServer();
  register(server, 'b', 'a');
  register(server, 'c');
  expect(names(server.server)).toEqual(['b', 'a', 'c']);
});

it('a name that is taken is refused, whole', () => {
  const server = new FakeMcpServer();
  register(server, 'a');
  expect(() => register(server, 'b', 'a')).toThrow(/"a".*registered already/);
  expect(names(server.server)).toEqual(['a']);
});

it('a server with tools of the SDK is refused', () => {
  const server = new FakeMcpServer();
  server.registerTool('plain');
  expect(() => register(server, 'a')).toThrow(/Call harden/);
  expect(names(server.server)).toBeUndefined();
});

it('the SDK registers no tool from then on', () => {
  const server = new FakeMcpServer();
  register(server, 'a');
  expect(() => server.registerTool('plain')).toThrow(/Call harden/);
});

it('on a hardened server the SDK goes on registering', () => {
  const server = new FakeMcpServer();
  guardHandlers(server, createStack(), () => expect.fail());
  register(server, 'a');
  server.registerTool('plain');
});

it("a handler of the author's for tools/call is not replaced, unless the SDK set it", () => {
  const low = new FakeServer();
  low.setRequestHandler('tools/call', () => ({}));
  expect(() => register(low, 'a')).toThrow(/already exists/);
  const high = new FakeMcpServer();
  high.server.setRequestHandler('tools/call', () => ({}));
  expect(() => register(high, 'a')).toThrow(/already exists/);
  const declared = new FakeMcpServer();
  declared.setToolRequestHandlers();
  register(declared, 'a');
});

it('clients that are connected are told, and it does not matter when they cannot be', async () => {
  const server = new FakeServer();
  register(server, 'a');
  expect(server.announced).toBe(0);
  server.transport = {};
  server.announce = vi.fn(() => Promise.reject(new Error('gone')));
  register(server, 'b');
  await Promise.resolve();
  expect(server.announced).toBe(1);
});
