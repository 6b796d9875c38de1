import { testPrincipal } from '@sallyport/testkit';
import { type LoggerOptions, pino } from 'pino';
import { expect, type Mock, test, vi } from 'vitest';
import { z } from 'zod';
import { watched } from '../test-rig/watched.js';

/** The lines of four calls each of two callers, written by a logger with these options. */
async function linesOf(options: LoggerOptions): Promise<Record<string, unknown>[]> {
  const texts: string[] = [];
  const log = pino(options, { write: (text: string) => void texts.push(text) });
  const { stack } = watched({}, { log });
  const input = z.object({});
  const tool = stack.tool({ name: 'echo', description: 'Echoes.', access: 'read', input, handler: () => 'x' });
  const callers = [
    testPrincipal({ subject: 'ada', plan: 'gold' }),
    testPrincipal({ subject: 'bob', tenant: 'globex' }),
  ];
  for (let call = 0; call < 4; call++)
    for (const auth of callers) await tool.call({ input: {}, auth, requestId: `${call}` });
  return texts.map((text) => {
    const { time: _, ...fields } = JSON.parse(text) as Record<string, unknown>;
    return fields;
  });
}

test('who calls what is the same in the first line of a caller and in all others', async () => {
  const lines = await linesOf({});
  expect(lines).toHaveLength(8);
  lines.forEach(({ agent_id, tenant, plan, tool_name, access, request_id }, index) => {
    const who =
      index % 2 === 0 ? { agent_id: 'ada', tenant: 'acme', plan: 'gold' } : { agent_id: 'bob', tenant: 'globex' };
    expect({ agent_id, tenant, plan, tool_name, access, request_id }).toEqual({
      plan: undefined,
      ...who,
      tool_name: 'echo',
      access: 'read',
      request_id: `${Math.floor(index / 2)}`,
    });
  });
});

test.each<[what: string, limits: object | (() => object), costs: number[]]>([
  ['nothing', {}, [1, 1, 1, 1]],
  ['a cost', { cost: 3 }, [3, 3, 3, 3]],
  ['a cost by its arguments', { cost: ({ n }: { n: number }) => n }, [1, 2, 3, 4]],
  ['limits by the caller', () => ({ cost: 3 }), [3, 3, 3, 3]],
])(
  'what a call costs is in the first line of a caller and in all others, of a tool that says %s',
  async (_, limits, costs) => {
    const lines: { readonly cost: number }[] = [];
    const log = pino({}, { write: (text: string) => void lines.push(JSON.parse(text)) });
    const { stack } = watched({}, { log });
    const input = z.object({ n: z.number() });
    const spec = { name: 'echo', description: 'Echoes.', access: 'read', input, handler: () => 'x' } as const;
    const tool = stack.tool({ ...spec, limits } as typeof spec);
    const auth = testPrincipal();
    for (const n of [1, 2, 3, 4]) await tool.call({ input: { n }, auth });
    expect(lines.map(({ cost }) => cost)).toEqual(costs);
  },
);

test('no field is in a line twice', async () => {
  const texts: string[] = [];
  const log = pino({}, { write: (text: string) => void texts.push(text) });
  const { stack } = watched({}, { log });
  const input = z.object({});
  const tool = stack.tool({ name: 'echo', description: 'Echoes.', access: 'read', input, handler: () => 'x' });
  const auth = testPrincipal();
  for (let call = 0; call < 4; call++) await tool.call({ input: {}, auth });
  for (const text of texts) expect(text.match(/"agent_id":|"tool_name":|"access":|"cost":/g)).toHaveLength(4);
});

type Hook = Mock<(line: object) => void>;
const told =
  (hook: Hook) =>
  <T extends object>(line: T): T => {
    hook(line);
    return line;
  };
const seen = (hook: Hook) => hook.mock.calls.map(([line]) => Object.keys(line as object));

test.each<[what: string, options: (hook: Hook) => LoggerOptions]>([
  ['a formatter of lines', (hook) => ({ formatters: { log: told(hook) } })],
  [
    'a hook on the method',
    (hook) => ({
      hooks: {
        logMethod(args, method) {
          hook(args[0] as never);
          method.apply(this, args as never);
        },
      },
    }),
  ],
  ['a strategy that merges what is mixed in', (hook) => ({ mixin: () => ({}), mixinMergeStrategy: told(hook) })],
])('%s sees whole lines', async (_, options) => {
  const hook = vi.fn();
  await linesOf(options(hook));
  expect(seen(hook)).toHaveLength(8);
  for (const fields of seen(hook)) expect(fields).toEqual(expect.arrayContaining(['agent_id', 'tool_name', 'status']));
});

test('a line that is nested is nested whole', async () => {
  for (const line of await linesOf({ nestedKey: 'call' })) {
    expect(line).not.toHaveProperty('agent_id');
    expect(line.call).toMatchObject({ tool_name: 'echo', status: 'success' });
  }
});

test('what a logger redacts is redacted wherever in the line it is', async () => {
  for (const line of await linesOf({ redact: ['agent_id', 'request_id'] }))
    expect(line).toMatchObject({ agent_id: '[Redacted]', request_id: '[Redacted]', tool_name: 'echo' });
});

test('a caller has one logger, and one for each of four tools', async () => {
  const onChild = vi.fn();
  const log = pino({ onChild }, { write() {} });
  const { stack } = watched({}, { log });
  const input = z.object({});
  const auth = testPrincipal();
  for (let tool = 0; tool < 10; tool++) {
    const named = { name: `echo_${tool}`, description: 'Echoes.', access: 'read', input, handler: () => 'x' } as const;
    const { call } = stack.tool(named);
    for (let times = 0; times < 3; times++) await call({ input: {}, auth });
  }
  // The first is not kept: most callers of whom there are too many to remember come once.
  expect(onChild).toHaveBeenCalledTimes(2 + 4);
});
