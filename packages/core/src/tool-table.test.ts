import { expect, it } from 'vitest';
import { z } from 'zod';
import { hardened } from './hardened.js';
import type { Tool } from './tool.js';
import { type TableEntry, ToolTable } from './tool-table.js';

const stack = hardened();
const entry = (name: string, more: Partial<TableEntry> = {}): TableEntry => ({
  tool: stack.tool({ name, description: name, access: 'read', input: z.object({}), handler: () => name }),
  options: {},
  ...more,
});

it('finds a tool by its exact name, and throws −32602 for anything else', () => {
  const table = new ToolTable();
  const entryOf = entry('constructor');
  table.add([entryOf]);
  expect(table.get('constructor')).toBe(entryOf);
  for (const name of ['__proto__', 'toString', 'Constructor', '', undefined, null, 7, ['constructor'], {}]) {
    expect(() => table.get(name)).toThrow(expect.objectContaining({ code: -32602 }));
  }
});

it('shows no more of an unknown name than a name can be long', () => {
  expect(() => new ToolTable().get('x'.repeat(10_000))).toThrow(/^Unknown tool: x{128}$/);
});

it('adds all or none: a name that is taken is refused', () => {
  const table = new ToolTable();
  table.add([entry('a')]);
  expect(() => table.add([entry('b'), entry('a')])).toThrow(/"a".*registered already/);
  expect(() => table.add([entry('b'), entry('b')])).toThrow(/"b".*registered already/);
  expect(table.list().map(({ name }) => name)).toEqual(['a']);
});

it('takes tools only', () => {
  const resource = stack.wrap({ kind: 'resource', name: 'r', access: 'read' }, async () => ({}));
  expect(() => new ToolTable().add([{ tool: resource, options: {} }])).toThrow(/only tools/);
});

it('lists in the order in which the tools came, and an update keeps the place', () => {
  const table = new ToolTable();
  table.add([entry('b'), entry('10'), entry('a')]);
  table.replace(entry('b', { shown: { icons: [] } }));
  table.delete('10');
  expect(table.list()).toMatchObject([{ name: 'b', icons: [] }, { name: 'a' }]);
});

it('builds what is shown of a tool once', () => {
  const table = new ToolTable();
  table.add([entry('a')]);
  expect(table.list()[0]).toBe(table.list()[0]);
});

it('neither lists nor finds a tool while it is not enabled', () => {
  let on = false;
  const table = new ToolTable();
  table.add([entry('a', { enabled: () => on })]);
  expect(table.list()).toEqual([]);
  expect(table.find('a')).toBeUndefined();
  on = true;
  expect(table.list()).toHaveLength(1);
  expect(table.find('a')).toBeDefined();
});

it('neither lists nor finds what is not shown to who asks, and answers as for a tool that does not exist', () => {
  const table = new ToolTable();
  table.add([entry('a'), entry('b')]);
  const shows = ({ facts }: Tool) => facts.name === 'b';
  expect(table.list(shows).map(({ name }) => name)).toEqual(['b']);
  expect(table.get('b', shows)).toBe(table.get('b'));
  expect(() => table.get('a', shows)).toThrow(expect.objectContaining({ code: -32602, message: 'Unknown tool: a' }));
});
