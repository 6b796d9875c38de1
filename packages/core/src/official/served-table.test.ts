import { expect, it, vi } from 'vitest';
import { FakeMcpServer, FakeServer } from '../../test-rig/fake-mcp-server.js';
import { createStack } from '../stack.js';
import { guardHandlers } from './guard-handlers.js';
import { servedTable, serveTable } from './served-table.js';

it('a server has one table, and is set to answer from it once', () => {
  const server = new FakeServer();
  expect(servedTable(server)).toBeUndefined();
  const answer = vi.fn();
  const table = serveTable(server, answer);
  expect(serveTable(server, answer)).toBe(table);
  expect(servedTable(server)).toBe(table);
  expect(answer).toHaveBeenCalledOnce();
  expect(servedTable(new FakeServer())).toBeUndefined();
});

it('a server that could not be set to answer has none', () => {
  const server = new FakeServer();
  const failing = () => {
    throw new Error('connected');
  };
  expect(() => serveTable(server, failing)).toThrow('connected');
  expect(servedTable(server)).toBeUndefined();
});

it('the handlers are set past the guard of a hardened server', async () => {
  const server = new FakeMcpServer();
  guardHandlers(server, createStack(), () => expect.fail());
  const answer = {};
  serveTable(server.server, (_, install) => install('tools/call', () => answer));
  expect(await server.server.handlers.get('tools/call')?.({}, {})).toBe(answer);
});
