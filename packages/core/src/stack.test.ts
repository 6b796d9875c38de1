import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Call } from './call.js';
import { compose } from './compose.js';
import type { Layer } from './layer.js';
import { PolicyError } from './policy-error.js';
import { createStack } from './stack.js';
import type { ToolFacts } from './tool-facts.js';

const spec = { name: 'echo', description: 'Echoes.', input: z.object({ a: z.string() }), handler: () => 'x' };

/** A layer that writes down when it is entered and left. */
const noting = (name: string, notes: string[]): Layer => ({
  name,
  wrap: (next) => async (call) => {
    notes.push(`> ${name}`);
    const result = await next(call);
    notes.push(`< ${name}`);
    return result;
  },
});

describe('order', () => {
  test('the first layer is outermost, and the stack says so', async () => {
    const notes: string[] = [];
    const stack = createStack().use(noting('a', notes)).use(noting('b', notes)).use(noting('c', notes));
    expect(stack.layers).toEqual(['a', 'b', 'c']);
    const tool = stack.tool({ ...spec, handler: () => void notes.push('handler') });
    expect(tool.layers).toEqual(['a', 'b', 'c']);
    await tool.call({ input: {} });
    expect(notes).toEqual(['> a', '> b', '> c', 'handler', '< c', '< b', '< a']);
  });

  test('use returns a longer stack and leaves the shorter one as it was', () => {
    const short = createStack().use(noting('a', []));
    short.use(noting('b', []));
    expect(short.layers).toEqual(['a']);
  });

  test('compose of no layers is the handler itself, and so is a layer that has nothing to do', () => {
    const handler = async () => ({});
    const facts = {} as ToolFacts;
    expect(compose([], handler, facts)).toBe(handler);
    expect(compose([{ name: 'idle', wrap: (next) => next as never }], handler, facts)).toBe(handler);
  });
});

test('wrap runs once, at registration, after every policy, and sees the effective policy of all layers', async () => {
  const notes: string[] = [];
  const layer = (name: string): Layer => ({
    name,
    policy: () => {
      notes.push(`policy ${name}`);
      return { of: name };
    },
    wrap: (next, tool) => {
      notes.push(`wrap ${name} ${Object.keys(tool.policy)}`);
      return next as never;
    },
  });
  const tool = createStack().use(layer('a')).use(layer('b')).tool(spec);
  await tool.call({ input: {} });
  await tool.call({ input: {} });
  expect(notes).toEqual(['policy a', 'policy b', 'wrap b a,b', 'wrap a a,b']);
  expect(tool.facts.policy).toEqual({ a: { of: 'a' }, b: { of: 'b' } });
});

test('a call is never mutated: what a layer adds is on a copy', async () => {
  const seen: Call[] = [];
  const freeze: Layer = {
    name: 'freeze',
    wrap: (next) => (call) => {
      seen.push(call);
      return next(Object.freeze(call));
    },
  };
  const add: Layer<unknown, { extra: number }> = { name: 'add', wrap: (next) => (call) => next({ ...call, extra: 1 }) };
  const tool = createStack()
    .use(freeze)
    .use(add)
    .use(freeze)
    .tool({ ...spec, handler: (_, call) => String(call.extra) });
  expect(await tool.call({ input: {} })).toEqual({ content: [{ type: 'text', text: '1' }] });
  expect(seen[0]).not.toHaveProperty('extra');
});

describe('facts', () => {
  test('are frozen plain data with the schemas as tools/list shows them', () => {
    const { facts } = createStack().tool({
      ...spec,
      title: 'Echo',
      annotations: { readOnlyHint: true },
      meta: { m: 1 },
      output: z.object({ b: z.number() }),
      handler: () => ({ b: 1 }),
    });
    expect(facts).toMatchObject({
      kind: 'tool',
      name: 'echo',
      title: 'Echo',
      version: '1',
      annotations: { readOnlyHint: true },
      meta: { m: 1 },
      inputSchema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      outputSchema: {
        type: 'object',
        properties: { b: { type: 'number' } },
        required: ['b'],
        additionalProperties: false,
      },
      policy: {},
    });
    expect(Object.isFrozen(facts) && Object.isFrozen(facts.policy)).toBe(true);
    expect(facts).not.toHaveProperty('handler');
  });

  test('of a foreign tool are filled in where it says nothing', () => {
    const tool = createStack().wrap({ name: 'anything goes', kind: 'resource' }, async () => ({}));
    expect(tool.facts).toMatchObject({ version: '1', inputSchema: { type: 'object' }, policy: {} });
  });
});

describe('a declaration that only plain JavaScript can make is refused at registration, naming the tool and the field:', () => {
  const text = z.string();
  test.each<[object, string]>([
    [{ name: undefined }, 'name'],
    [{ name: 7 }, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'a b' }, 'name'],
    [{ name: 'é' }, 'name'],
    [{ name: 'x'.repeat(129) }, 'name'],
    [{ name: 'a\n' }, 'name'],
    [{ description: undefined }, 'description'],
    [{ description: '' }, 'description'],
    [{ description: 7 }, 'description'],
    [{ input: undefined }, 'input'],
    [{ input: { a: text } }, 'input'],
    [{ input: { type: 'object' } }, 'input'],
    [{ input: text }, 'input'],
    [{ input: z.object({ when: z.date() }) }, 'input'],
    [{ output: { b: text } }, 'output'],
    [{ output: z.array(text) }, 'output'],
    [{ output: z.object({ n: z.bigint() }) }, 'output'],
    [{ handler: undefined }, 'handler'],
    [{ handler: 'x' }, 'handler'],
    [{ title: 7 }, 'title'],
    [{ version: 2 }, 'version'],
    [{ annotations: 'readOnly' }, 'annotations'],
    [{ meta: null }, 'meta'],
  ])('%o (%s)', (wrong, field) => {
    const declare = () => createStack().tool({ ...spec, ...wrong } as never);
    expect(declare).toThrow(PolicyError);
    const { name } = { ...spec, ...wrong };
    expect(declare).toThrow(expect.objectContaining({ field, tool: String(name) }));
    expect(declare).toThrow(`Tool "${name}": ${field} `);
  });
});

test.each(['a', 'Z9_.-', 'x'.repeat(128)])('the name %s is one the protocol allows', (name) => {
  expect(createStack().tool({ ...spec, name }).facts.name).toBe(name);
});
