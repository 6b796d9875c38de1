import { errorOf, FakeClock, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { explain } from './explain.js';
import { type HardenedOptions, type HardenedPolicy, hardened } from './hardened.js';
import { createStack } from './stack.js';
import { memoryAdmission } from './stores/memory-admission.js';
import { ToolError } from './tool-error.js';

const input = z.object({ a: z.number() });
const spec = { name: 'echo', description: 'Echoes.', input, handler: () => 'x' };

test('the shipped order is authorize, tenant, shed, admit, validate, idempotent, depend, deadline, bound', () => {
  expect(hardened().layers).toEqual([
    'authorize',
    'tenant',
    'shed',
    'admit',
    'validate',
    'idempotent',
    'depend',
    'deadline',
    'bound',
  ]);
});

describe('what the order promises', () => {
  const outcome = async (
    request: object,
    options: HardenedOptions = {},
    policy: HardenedPolicy = { access: 'read' },
  ) => {
    const clock = new FakeClock();
    const admission = memoryAdmission({ clock });
    const admit = vi.spyOn(admission, 'admit');
    const handler = vi.fn(() => 'x');
    const tool = hardened({ clock, admission, report: () => {}, ...options }).tool({ ...spec, ...policy, handler });
    const result = await tool.call({ input: { a: 1 }, auth: testPrincipal(), ...request });
    return { code: errorOf(result)?.code, admitted: admit.mock.calls.length, ran: handler.mock.calls.length };
  };
  const { tenant: _, ...homeless } = testPrincipal();

  test.each<[string, object, object]>([
    [
      'a caller that is not known is charged nothing',
      { auth: undefined },
      { code: 'UNAUTHENTICATED', admitted: 0, ran: 0 },
    ],
    [
      'a caller without the scope',
      { auth: testPrincipal({ scopes: [] }) },
      { code: 'INSUFFICIENT_SCOPE', admitted: 0, ran: 0 },
    ],
    ['a caller without a tenant', { auth: homeless }, { code: 'TENANT_FORBIDDEN', admitted: 0, ran: 0 }],
    ['bad input is charged to its caller', { input: { a: 'x' } }, { code: 'INVALID_INPUT', admitted: 1, ran: 0 }],
    ['an aborted call does not run', { signal: AbortSignal.abort() }, { code: 'CANCELLED', ran: 0 }],
    ['a good call runs once', {}, { code: undefined, admitted: 1, ran: 1 }],
  ])('%s', async (_title, request, expected) => {
    expect(await outcome(request)).toMatchObject(expected);
  });

  test('the tenant of a server with only one', async () => {
    expect(await outcome({ auth: homeless }, { singleTenant: 'only' })).toMatchObject({ ran: 1 });
  });

  test('a replay is limited like any call', async () => {
    const stack = hardened({ clock: new FakeClock(), report: () => {}, agentLimits: { perMinute: 2 } });
    const tool = stack.tool({ ...spec, access: 'write', effects: 'phased' });
    const call = () => tool.call({ input: { a: 1, idempotency_key: 'k' }, auth: testPrincipal() });
    await call();
    expect((await call())._meta).toEqual({ 'dev.sallyport/replayed': true });
    expect(errorOf(await call())?.code).toBe('RATE_LIMITED');
  });

  test('a caller for whom no counter is left is DEPENDENCY_UNAVAILABLE: it has reached no limit of its own', async () => {
    const clock = new FakeClock();
    const admission = memoryAdmission({ clock, maxKeys: 2 });
    const tool = hardened({ clock, admission, report: () => {} }).tool({ ...spec, access: 'read' });
    const call = (subject: string) => tool.call({ input: { a: 1 }, auth: testPrincipal({ subject }) });
    expect((await call('first')).isError).toBeUndefined();
    expect(errorOf(await call('second'))).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryAfterMs: 60_000 });
    expect((await call('first')).isError).toBeUndefined();
  });

  test('a drained call answers what the drain says', async () => {
    const clock = new FakeClock();
    const drain = new AbortController();
    const tool = hardened({ clock, report: () => {} }).tool({
      ...spec,
      access: 'read',
      handler: () => new Promise(() => {}),
    });
    const call = tool.call({ input: { a: 1 }, auth: testPrincipal(), signal: drain.signal });
    await clock.advance(10);
    drain.abort(new ToolError('SHUTTING_DOWN', 'This instance is draining.'));
    expect(await call).toMatchObject({ content: [{ text: 'SHUTTING_DOWN: This instance is draining.' }] });
  });
});

describe('explain', () => {
  test('shows the effective policy of every layer after defaults, as plain data', () => {
    const tool = hardened({ tenantLimits: { perHour: 9_000 }, redact: (text) => text }).tool({
      ...spec,
      access: 'sensitive',
      effects: 'phased',
      reconcile: () => undefined,
      idempotencyKey: 'required',
      scopes: ['billing:refund'],
      limits: { perMinute: 10, cost: 2 },
      priority: 'batch',
      depends: 'bank',
      timeoutMs: 5_000,
      maxOutputBytes: 1_000,
      version: '3',
    });
    const explanation = explain(tool);
    expect(explanation).toEqual({
      name: 'echo',
      kind: 'tool',
      version: '3',
      layers: [
        { name: 'authorize', policy: expect.objectContaining({ access: 'sensitive', scopes: ['billing:refund'] }) },
        { name: 'tenant', policy: { from: 'principal' } },
        { name: 'shed', policy: { priority: 'batch', minLimit: 16, maxLimit: 2_000 } },
        {
          name: 'admit',
          policy: {
            agent: { perMinute: 60, perHour: 1_000, concurrent: 5 },
            tenant: { perHour: 9_000 },
            agentAndTool: { perMinute: 10 },
            cost: 2,
            whenUnreachable: 'refuse',
          },
        },
        { name: 'validate', policy: { maxDepth: 32, maxElements: 10_000 } },
        {
          name: 'idempotent',
          policy: { effects: 'phased', key: 'required', addsArgument: true, reconciles: true, retentionMs: 86_400_000 },
        },
        {
          name: 'depend',
          policy: {
            on: 'bank',
            maxConcurrent: 20,
            windowMs: 10_000,
            minimumCalls: 20,
            failureRate: 0.5,
            slowMs: 10_000,
            slowRate: 0.8,
            openMs: 5_000,
            probes: 3,
          },
        },
        { name: 'deadline', policy: { timeoutMs: 5_000 } },
        { name: 'bound', policy: { maxOutputBytes: 1_000, redacts: true } },
      ],
    });
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  });

  test('says of a layer that does nothing for a tool only its name, even when every object has something by that name', () => {
    const read = hardened().tool({ ...spec, access: 'read' });
    expect(explain(read).layers.slice(5, 7)).toEqual([{ name: 'idempotent' }, { name: 'depend' }]);
    const odd = createStack().use({ name: 'toString', wrap: (next) => next as never });
    expect(explain(odd.tool(spec)).layers).toEqual([{ name: 'toString' }]);
  });
});

describe('the idempotency_key argument in tools/list', () => {
  const stack = hardened();
  const write = { access: 'write', effects: 'phased' } as const;

  test('is added to a write, described for the model, and not to a read', () => {
    const { inputSchema } = stack.tool({ ...spec, ...write }).facts;
    expect(inputSchema).toMatchObject({
      properties: {
        a: { type: 'number' },
        idempotency_key: { type: 'string', minLength: 1, maxLength: 255, description: expect.any(String) },
      },
      required: ['a'],
    });
    expect(stack.tool({ ...spec, access: 'read' }).facts.inputSchema.properties).toEqual({ a: { type: 'number' } });
  });

  test('is required where the tool demands a key', () => {
    const { inputSchema } = stack.tool({ ...spec, ...write, idempotencyKey: 'required' }).facts;
    expect(inputSchema.required).toEqual(['a', 'idempotency_key']);
  });

  test("is left as the author's schema has it", () => {
    const own = z.object({ idempotency_key: z.uuid().describe('mine') });
    const { inputSchema, policy } = stack.tool({ ...spec, ...write, input: own }).facts;
    expect(inputSchema.properties?.idempotency_key).toMatchObject({ description: 'mine', format: 'uuid' });
    expect(policy.idempotent).toMatchObject({ addsArgument: false });
  });

  test.each([
    ['a number', z.number()],
    ['a number or nothing', z.number().nullish()],
    ['an object', z.object({ id: z.string() })],
    ['one of some numbers', z.literal([1, 2])],
    ['a list of texts', z.array(z.string())],
  ])("that is the author's own, and %s, is refused at registration: no call with a key could be valid", (_, own) => {
    const input = z.object({ idempotency_key: own });
    expect(() => stack.tool({ ...spec, ...write, input })).toThrow(
      expect.objectContaining({ name: 'PolicyError', tool: 'echo', field: 'input' }),
    );
    // A read has no key: there the argument is like any other.
    expect(() => stack.tool({ ...spec, access: 'read', input })).not.toThrow();
  });

  test.each([
    ['any text', z.string()],
    ['a text or nothing', z.string().nullish()],
    ['one of some texts', z.enum(['a', 'b'])],
    ['a text or a number', z.union([z.number(), z.string()])],
    ['anything', z.unknown()],
  ])("that is the author's own, and %s, registers", (_, own) => {
    expect(() => stack.tool({ ...spec, ...write, input: z.object({ idempotency_key: own }) })).not.toThrow();
  });

  test('works from the schema to the replay, also for a strict object', async () => {
    const handler = vi.fn(() => 'paid');
    const tool = stack.tool({ ...spec, ...write, input: z.strictObject({ a: z.number() }), handler });
    const call = () => tool.call({ input: { a: 1, idempotency_key: 'k' }, auth: testPrincipal() });
    expect((await call()).isError).toBeUndefined();
    expect((await call())._meta).toEqual({ 'dev.sallyport/replayed': true });
    expect(handler).toHaveBeenCalledTimes(1);
  });
});

describe('a policy that only plain JavaScript can declare is refused at registration, naming the tool and the field:', () => {
  const write = { access: 'write', effects: 'phased' };
  test.each<[object, string]>([
    [{}, 'access'],
    [{ access: 'write' }, 'effects'],
    [{ access: 'sensitive' }, 'effects'],
    [{ access: 'admin' }, 'effects'],
    [{ access: 'write', effects: 'atomic' }, 'effects'],
    [{ access: 'write', effects: 'transactional' }, 'effects'],
    [{ access: 'read', effects: 'phased' }, 'effects'],
    [{ access: 'read', idempotencyKey: 'required' }, 'idempotencyKey'],
    [{ access: 'read', reconcile: () => undefined }, 'reconcile'],
    [{ ...write, effects: 'natural', reconcile: () => undefined }, 'reconcile'],
    [{ ...write, reconcile: 'x' }, 'reconcile'],
    [{ ...write, idempotencyKey: 'sometimes' }, 'idempotencyKey'],
    [{ ...write, idempotencyKey: null }, 'idempotencyKey'],
    [{ ...write, idempotencyKey: {} }, 'idempotencyKey.fallbackMs'],
    [{ ...write, idempotencyKey: { fallbackMs: 59_999 } }, 'idempotencyKey.fallbackMs'],
    [{ ...write, idempotencyKey: { fallbackMs: 120_001 } }, 'idempotencyKey.fallbackMs'],
    [{ ...write, access: 'sensitive', idempotencyKey: { fallbackMs: 60_000 } }, 'idempotencyKey'],
    [{ ...write, access: 'admin', idempotencyKey: { fallbackMs: 60_000 } }, 'idempotencyKey'],
    [{ access: 'read', limits: { perDay: 1 } }, 'limits'],
    [{ access: 'read', limits: { cost: -1 } }, 'limits'],
    [{ access: 'read', cost: 1 }, 'cost'],
    [{ access: 'read', timeoutMs: 0 }, 'timeoutMs'],
    [{ access: 'read', maxOutputBytes: -1 }, 'maxOutputBytes'],
    [{ access: 'read', scopes: 'a' }, 'scopes'],
    [{ access: 'read', priority: 'urgent' }, 'priority'],
    [{ access: 'read', depends: ['a'] }, 'depends'],
  ])('%o (%s)', (policy, field) => {
    const declare = () => hardened().tool({ ...spec, ...policy } as never);
    expect(declare).toThrow(expect.objectContaining({ name: 'PolicyError', tool: 'echo', field }));
  });

  test('transactional effects wait for a store that offers them', () => {
    expect(() => hardened().tool({ ...spec, access: 'write', effects: 'transactional' })).toThrow(
      'Tool "echo": effects "transactional" needs a store that offers it; this one offers natural, phased',
    );
  });
});

describe('an option that cannot work is refused when the stack is built, by name:', () => {
  test.each<[object, string]>([
    [{ timeoutMs: -1 }, 'timeoutMs'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs'],
    [{ timeoutMs: 2 ** 31 }, 'timeoutMs'],
    [{ timeoutMs: '5000' }, 'timeoutMs'],
    [{ maxOutputBytes: 0 }, 'maxOutputBytes'],
    [{ retentionMs: -1 }, 'retentionMs'],
    [{ agentLimits: { perMinute: 0 } }, 'agentLimits'],
    [{ agentLimits: { perDay: 1 } }, 'agentLimits'],
    [{ tenantLimits: null }, 'tenantLimits'],
    [{ input: { maxDepth: 0 } }, 'input'],
    [{ input: { depth: 3 } }, 'input'],
    [{ shed: { minLimit: 0 } }, 'shed'],
    [{ shed: { limit: 5 } }, 'shed'],
    [{ shed: null }, 'shed'],
    [{ dependencies: { db: { openMs: 0 } } }, 'dependencies'],
    [{ dependencies: { db: 5 } }, 'dependencies'],
    [{ dependencies: null }, 'dependencies'],
    [{ singleTenant: 7 }, 'singleTenant'],
    [{ singleTenant: 'two words' }, 'singleTenant'],
    [{ scopes: 'mcp:admin' }, 'scopes'],
    [{ admission: {} }, 'admission'],
    [{ idempotency: null }, 'idempotency'],
    [{ redact: /hunter2/ }, 'redact'],
    [{ report: 'console' }, 'report'],
    [{ clock: Date }, 'clock'],
    [{ randomId: 'x' }, 'randomId'],
    [{ timeout: 5_000 }, 'timeout'],
    [{ rateLimit: { perMinute: 5 } }, 'rateLimit'],
    [{ toString: () => '' }, 'toString'],
  ])('%o (%s)', (options, field) => {
    const build = () => hardened(options as HardenedOptions);
    expect(build).toThrow(expect.objectContaining({ name: 'PolicyError', tool: undefined, field }));
  });

  test('no object at all', () => {
    expect(() => hardened(null as never)).toThrow('The stack: options must be an object');
  });

  test('a misspelt one is told what was probably meant', () => {
    expect(() => hardened({ timeoutMS: 5 } as never)).toThrow(
      'timeoutMS is no option of hardened: did you mean timeoutMs?',
    );
  });

  test('one that is undefined counts as absent', () => {
    const options = { timeoutMs: undefined, agentLimits: undefined, report: undefined } as unknown as HardenedOptions;
    expect(hardened(options).layers).toHaveLength(9);
  });
});
