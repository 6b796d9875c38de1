import { beforeEach, expect, it } from 'vitest';
import { FakeMcpServer, type FakeServer } from '../../test-rig/fake-mcp-server.js';
import { createStack } from '../stack.js';
import type { TableEntry, ToolTable } from '../tool-table.js';
import { adoptTools } from './adopt-tools.js';
import { servedTable, serveTable } from './served-table.js';

const serve = (server: FakeServer): ToolTable => serveTable(server, () => {});
let server: FakeMcpServer;
let refused: string | undefined;

/** What an adapter makes of a tool; of the one that is `refused`, nothing. */
function make(name: string): TableEntry {
  if (name === refused) throw new Error(`${name} cannot be hardened`);
  return { tool: createStack().wrap({ kind: 'tool', name }, async () => ({})), options: {} };
}
const adopt = (name: string) => adoptTools(server, serve)(name, () => server.registerTool(name), make);
const listed = () =>
  servedTable(server.server)
    ?.list()
    .map(({ name }) => name);
const ofTheSdk = () => Object.keys(server._registeredTools);

beforeEach(() => {
  server = new FakeMcpServer();
  refused = undefined;
});

it('tools are served at once when their capability was declared, otherwise once there is one', () => {
  adoptTools(server, serve);
  expect(listed()).toBeUndefined();
  server.setToolRequestHandlers();
  adoptTools(server, serve);
  expect(listed()).toEqual([]);
});

it('a tool is in the table, and the SDK does not set its own handlers', () => {
  const registered = adopt('a');
  expect(registered).toBe(server._registeredTools.a);
  expect(listed()).toEqual(['a']);
  server.setToolRequestHandlers();
  expect(server.server.handlers.size).toBe(0);
});

it('a tool that cannot be hardened is not registered', () => {
  refused = 'a';
  expect(() => adopt('a')).toThrow(/cannot be hardened/);
  expect(listed()).toEqual([]);
  expect(ofTheSdk()).toEqual([]);
});

it('a name that is taken is refused, and the tool that has it stays', () => {
  adopt('a');
  expect(() => adopt('a')).toThrow(/registered already/);
  expect(listed()).toEqual(['a']);
  expect(ofTheSdk()).toEqual(['a']);
});

it('a tool is not listed while its author has it disabled', () => {
  const registered = adopt('a');
  registered.enabled = false;
  expect(listed()).toEqual([]);
  registered.update({ enabled: true });
  expect(listed()).toEqual(['a']);
});

it('an update makes the entry anew, in its place', () => {
  const a = adopt('a');
  adopt('b');
  const before = servedTable(server.server)?.get('a');
  a.update({});
  expect(servedTable(server.server)?.get('a')).not.toBe(before);
  expect(listed()).toEqual(['a', 'b']);
});

it('a tool has one name: the new one after it was renamed, and none after it was removed', () => {
  const registered = adopt('a');
  adopt('b');
  registered.update({ name: 'c' });
  expect(listed()).toEqual(['b', 'c']);
  expect(() => registered.update({ name: 'b' })).toThrow(/registered already/);
  expect(listed()).toEqual(['b', 'c']);
  registered.remove();
  expect(listed()).toEqual(['b']);
});

it('a tool that was removed can be given a name again', () => {
  const registered = adopt('a');
  registered.remove();
  registered.update({ name: 'a' });
  expect(listed()).toEqual(['a']);
});

it('a tool whose update cannot be hardened is gone, under both names', () => {
  const registered = adopt('a');
  refused = 'b';
  expect(() => registered.update({ name: 'b' })).toThrow(/cannot be hardened/);
  expect(listed()).toEqual([]);
  refused = 'c';
  const other = adopt('d');
  refused = 'd';
  expect(() => other.update({})).toThrow(/cannot be hardened/);
  expect(listed()).toEqual([]);
});
