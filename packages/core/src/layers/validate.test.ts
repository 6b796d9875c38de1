import { errorOf, FakeClock, layerHarness, testPrincipal } from '@sallyport/testkit';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { hardened } from '../hardened.js';
import { idempotencyMetaKey } from '../idempotency-key.js';
import type { StandardSchema } from '../standard-schema.js';
import type { ToolError } from '../tool-error.js';
import { timeoutMetaKey } from './deadline.js';
import { type ValidateOptions, validate } from './validate.js';

const schema = z.object({
  id: z.number().int(),
  name: z.string().max(20).optional(),
  lines: z.array(z.object({ sku: z.string() })).optional(),
});

/** What the layer passes on, or what it throws. */
async function parsed(
  input: unknown,
  over: { input?: StandardSchema; options?: ValidateOptions; policy?: object; meta?: object } = {},
) {
  let seen: { input: unknown; idempotencyKey: string | undefined } | undefined;
  const declared = { input: over.input ?? schema, policy: { ...over.policy } };
  const harness = layerHarness(validate(over.options), declared, async (call) => {
    seen = { input: call.input, idempotencyKey: call.idempotencyKey };
    return {};
  });
  await harness.call({ input, meta: { ...over.meta } });
  return seen;
}

const refused = (input: unknown, over: Parameters<typeof parsed>[1] = {}): Promise<ToolError> =>
  parsed(input, over).then(
    () => expect.unreachable('accepted'),
    (error: ToolError) => error,
  );

test('passes on what the schema made, and nothing else', async () => {
  expect(await parsed({ id: 1, more: true })).toEqual({ input: { id: 1 }, idempotencyKey: undefined });
  const trimmed = z.object({ a: z.string().trim().default('x') });
  expect(await parsed(undefined, { input: trimmed })).toMatchObject({ input: { a: 'x' } });
});

test.each<[string, unknown, RegExp]>([
  ['a missing member', {}, /: id: /],
  ['a wrong type', { id: '1' }, /: id: .*expected number/],
  ['a wrong type deep inside', { id: 1, lines: [{ sku: 'a' }, { sku: 7 }] }, /: lines\.1\.sku: .*expected string/],
  ['an array', [1], /the arguments: .*expected object/],
  ['a text', '{"id":1}', /the arguments: .*expected object/],
  ['a number', 7, /the arguments: .*expected object/],
])('%s is INVALID_INPUT, and the message names the path and what was expected', async (_, input, message) => {
  const error = await refused(input);
  expect(error.code).toBe('INVALID_INPUT');
  expect(error.message).toMatch(message);
});

test('the message stays short, however much is wrong and however long the names are', async () => {
  const strict = z.strictObject({ id: z.number() });
  const hostile = [
    Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`${index}${'x'.repeat(100)}`, 1])),
    { id: 'y'.repeat(1_000_000), ['k'.repeat(1_000_000)]: 1 },
  ];
  for (const input of hostile) expect((await refused(input, { input: strict })).message.length).toBeLessThan(2_000);
  const many = await refused({ id: 1, lines: Array.from({ length: 1_000 }, () => ({})) });
  expect(many.message).toMatch(/lines\.4\.sku.*; and 995 more\.$/s);
  expect(many.message.length).toBeLessThan(2_000);
});

test.each<[string, () => unknown, RegExp]>([
  ['nested too deep', () => nested(33), /nested deeper than 32 levels/],
  ['nested absurdly deep', () => nested(100_000), /nested deeper than 32 levels/],
  ['too many elements in one array', () => ({ id: 1, a: Array(10_001).fill(0) }), /more than 10000 elements/],
  [
    'too many members over all',
    () => ({ id: 1, a: Array.from({ length: 5_001 }, () => ({ b: 1 })) }),
    /more than 10000/,
  ],
  ['a __proto__ member', () => JSON.parse('{"id":1,"__proto__":{"admin":true}}'), /member named __proto__/],
  [
    'a __proto__ member deep inside',
    () => JSON.parse('{"id":1,"a":[{"b":{"__proto__":1}}]}'),
    /member named __proto__/,
  ],
])('what is %s is refused before the schema sees it', async (_, input, message) => {
  let asked = false;
  const spy = schema.refine(() => (asked = true));
  const error = await refused(input(), { input: spy });
  expect(error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(message) });
  expect(asked).toBe(false);
});

test('what is just within the bounds passes', async () => {
  const any = z.object({ a: z.unknown() });
  await parsed({ a: nested(31) }, { input: any });
  await parsed({ a: Array(9_999).fill(0) }, { input: any });
  await parsed({ a: { b: 1 } }, { input: any, options: { maxDepth: 2, maxElements: 2 } });
});

test.each([{ maxDepth: 0 }, { maxDepth: Number.NaN }, { maxElements: -1 }])('%j is no bound', (options) => {
  expect(() => validate(options)).toThrow(RangeError);
});

test('no JSON, however hostile, does anything but pass or be INVALID_INPUT', async () => {
  const json = fc.jsonValue({ maxDepth: 40 });
  const keys = fc.constantFrom(
    'id',
    'name',
    'lines',
    '__proto__',
    'constructor',
    'idempotency_key',
    'toString',
    'length',
    '',
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(json, fc.dictionary(keys, json)), async (input) => {
      const before = Object.getPrototypeOf({});
      const outcome = await parsed(JSON.parse(JSON.stringify(input)), {
        policy: { idempotent: { addsArgument: true } },
      }).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'INVALID_INPUT' });
      expect(Object.getPrototypeOf({})).toBe(before);
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('a schema of any library that speaks Standard Schema will do, asynchronous ones too', async () => {
  const foreign: StandardSchema = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value) =>
        value === 7 ? { value: 8 } : { issues: [{ message: 'not 7', path: [{ key: 'a' }, Symbol('b'), 0] }] },
    },
  };
  expect(await parsed(7, { input: foreign })).toMatchObject({ input: 8 });
  expect((await refused(6, { input: foreign })).message).toContain('a.Symbol(b).0: not 7');
});

describe('the idempotency_key argument', () => {
  const added = { idempotent: { addsArgument: true } };
  const authors = { idempotent: { addsArgument: false } };
  const strict = z.strictObject({ id: z.number() });

  test('that the framework added is taken out before the schema sees it, also a strict one', async () => {
    const seen = await parsed({ id: 1, idempotency_key: 'k' }, { input: strict, policy: added });
    expect(seen).toEqual({ input: { id: 1 }, idempotencyKey: 'k' });
  });

  test("that the author's schema has is read and left in", async () => {
    const own = z.strictObject({ id: z.number(), idempotency_key: z.string().optional() });
    const seen = await parsed({ id: 1, idempotency_key: 'k' }, { input: own, policy: authors });
    expect(seen).toEqual({ input: { id: 1, idempotency_key: 'k' }, idempotencyKey: 'k' });
  });

  test('that differs from the one in _meta is INVALID_INPUT: nobody can know which effect is meant', async () => {
    for (const policy of [added, authors]) {
      for (const key of ['k', '', 'M', null]) {
        const both = refused({ id: 1, idempotency_key: key }, { policy, meta: { [idempotencyMetaKey]: 'm' } });
        expect(await both).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('_meta') });
      }
    }
  });

  test('may say the same as the one in _meta', async () => {
    const seen = await parsed({ id: 1, idempotency_key: 'm' }, { policy: added, meta: { [idempotencyMetaKey]: 'm' } });
    expect(seen).toEqual({ input: { id: 1 }, idempotencyKey: 'm' });
  });

  test.each([7, true, null, '', 'x'.repeat(256), {}, [], ['k']])(
    'that is %j is INVALID_INPUT, in _meta as well',
    async (key) => {
      expect(await refused({ id: 1, idempotency_key: key }, { policy: added })).toMatchObject({
        code: 'INVALID_INPUT',
      });
      if (key === null) return;
      expect(await refused({ id: 1 }, { policy: added, meta: { [idempotencyMetaKey]: key } })).toMatchObject({
        code: 'INVALID_INPUT',
      });
    },
  );

  test('is an argument like any other where a tool has no effect', async () => {
    expect((await refused({ id: 1, idempotency_key: 'k' }, { input: strict })).message).toContain('idempotency_key');
    expect(await parsed({ id: 1 }, { meta: { [idempotencyMetaKey]: 7 } })).toEqual({
      input: { id: 1 },
      idempotencyKey: undefined,
    });
  });
});

describe('a schema that is asynchronous', () => {
  const server = (check: () => Promise<boolean>, timeoutMs?: number) => {
    const clock = new FakeClock();
    const stack = hardened({ clock, report: () => {}, agentLimits: { concurrent: 1 } });
    const handler = vi.fn(() => 'done');
    const input = z.object({ id: z.number().refine(check, 'is not known') });
    const declared = { access: 'write', effects: 'phased', ...(timeoutMs === undefined ? {} : { timeoutMs }) } as const;
    const tool = stack.tool({ name: 'pay', description: 'Pays.', input, ...declared, handler });
    const call = (over: object = {}) => tool.call({ input: { id: 1 }, auth: testPrincipal(), ...over });
    return { clock, call, handler };
  };

  test('that settles decides like any other', async () => {
    const { call, handler } = server(async () => true);
    expect((await call()).isError).toBeUndefined();
    expect(handler).toHaveBeenCalledTimes(1);
    expect(errorOf(await server(async () => false).call())?.code).toBe('INVALID_INPUT');
  });

  test('that does not is cut off when the time of the tool is up; nothing ran, and the slot is free again', async () => {
    const check = vi.fn(() => new Promise<boolean>(() => {}));
    const { call, clock, handler } = server(check, 500);
    const first = call();
    await vi.waitFor(() => expect(check).toHaveBeenCalledTimes(1));
    expect(errorOf(await call())?.code).toBe('RATE_LIMITED');
    await clock.advance(500);
    expect(errorOf(await first)).toMatchObject({ code: 'TOOL_TIMEOUT', retryable: true });
    const second = call({ meta: { [timeoutMetaKey]: 100 } });
    await vi.waitFor(() => expect(check).toHaveBeenCalledTimes(2));
    await clock.advance(100);
    expect(errorOf(await second)?.code).toBe('TOOL_TIMEOUT');
    expect(handler).not.toHaveBeenCalled();
  });

  test('is not waited for by a client that went away', async () => {
    const away = new AbortController();
    const check = vi.fn(() => new Promise<boolean>(() => {}));
    const { call } = server(check);
    const first = call({ signal: away.signal });
    await vi.waitFor(() => expect(check).toHaveBeenCalledTimes(1));
    away.abort();
    expect(errorOf(await first)?.code).toBe('CANCELLED');
  });

  test('leaves no timer, however it ends', async () => {
    const clock = new FakeClock();
    for (const check of [async () => true, async () => false]) {
      const input = z.object({ id: z.number().refine(check) });
      await layerHarness(validate({}, clock), { input })
        .call({ input: { id: 1 } })
        .catch(() => {});
      expect(clock.timers).toBe(0);
    }
  });

  test('has 30 seconds in a stack without a deadline', async () => {
    const clock = new FakeClock();
    const input = z.object({ id: z.number().refine(() => new Promise<boolean>(() => {})) });
    const harness = layerHarness(validate({}, clock), { input });
    const ended = harness.call({ input: { id: 1 } }).catch((error: ToolError) => error.code);
    await clock.advance(30_000);
    expect(await ended).toBe('TOOL_TIMEOUT');
  });
});

/** A value of that many levels. */
function nested(levels: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

test('an asynchronous check that fails to run is INTERNAL for its caller, and nothing of it is left unhandled', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const failing = async () => {
    throw new Error('the directory is down');
  };
  const tool = hardened({ report: () => {}, singleTenant: 'acme' }).tool({
    name: 'look_up',
    description: 'Looks somebody up.',
    access: 'read',
    input: z.object({ name: z.string().refine(failing) }),
    handler: () => 'found',
  });
  const result = await tool.call({ input: { name: 'x' }, auth: testPrincipal() });
  expect(errorOf(result)).toMatchObject({ code: 'INTERNAL' });
  // Node tells of unhandled rejections after the microtasks of a turn.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
