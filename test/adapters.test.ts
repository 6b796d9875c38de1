import { fileURLToPath } from 'node:url';
import {
  errorMetaKey,
  explain,
  type FailedCall,
  type HardenedOptions,
  type HardenedStack,
  hardened,
  idempotencyMetaKey,
  type Layer,
  type Principal,
  ToolError,
} from '@sallyport/core';
import { authInfoOf } from '@sallyport/core/adapter';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { clientNames, clients } from './support/clients.js';
import { type AnyClient, type AnyServer, type ConnectOptions, generations } from './support/generations.js';

const all = ['mcp:tools:read', 'mcp:tools:write', 'mcp:resources:read'];
const caller = (scopes: readonly string[] = all, subject = 'agent-1'): Principal => ({
  issuer: 'test',
  subject,
  scopes,
  tenant: 'acme',
});
const as = (principal: Principal): ConnectOptions => ({ authInfo: authInfoOf(principal) });
const text = (value: string) => ({ content: [{ type: 'text', text: value }] });
const secret = 'password=hunter2';

/** Stacks that keep their failures for the test. */
function quiet(options: HardenedOptions = {}): { stack: HardenedStack; failed: FailedCall[] } {
  const failed: FailedCall[] = [];
  return { failed, stack: hardened({ report: (failure) => failed.push(failure), ...options }) };
}

/** A promise that the test settles. */
function signalled() {
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return { arrived, arrive };
}

const code = (answer: { readonly _meta?: Readonly<Record<string, unknown>> }) =>
  (answer._meta?.[errorMetaKey] as { code: string } | undefined)?.code;

describe.each(generations)('$name', (sdk) => {
  const open: AnyClient[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.close()));
  });

  async function connect(make: () => AnyServer, options: ConnectOptions = as(caller())): Promise<AnyClient> {
    const client = await sdk.connect(make, options);
    open.push(client);
    return client;
  }

  /** A client of a server with registered tools. */
  const registered = (tools: Parameters<typeof sdk.register>[1], options?: ConnectOptions) =>
    connect(() => {
      const server = sdk.server();
      sdk.register(server, tools);
      return server;
    }, options);

  /** A client of a hardened server. */
  const wrapped = (setUp: (server: AnyServer) => void, stack = quiet().stack, options?: ConnectOptions) =>
    connect(() => {
      const server = sdk.harden(sdk.server(), stack);
      setUp(server);
      return server;
    }, options);

  describe('registered tools', () => {
    const { stack, failed } = quiet();
    const add = stack.tool({
      name: 'add',
      title: 'Add',
      description: 'Adds.',
      access: 'read',
      annotations: { readOnlyHint: true },
      meta: { 'com.example/tag': 1 },
      input: z.object({ a: z.number(), b: z.number() }),
      output: z.object({ sum: z.number() }),
      handler: ({ a, b }) => ({ sum: a + b }),
    });
    const ping = stack.tool({
      name: 'ping',
      description: 'Pongs.',
      access: 'read',
      input: z.object({}),
      handler: () => 'pong',
    });

    it('are listed in the order of registration, with all they say of themselves', async () => {
      const client = await registered([ping, add]);
      const tools = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(['ping', 'add']);
      expect(tools[1]).toEqual({
        name: 'add',
        title: 'Add',
        description: 'Adds.',
        annotations: { readOnlyHint: true },
        _meta: { 'com.example/tag': 1 },
        inputSchema: add.facts.inputSchema,
        outputSchema: add.facts.outputSchema,
      });
    });

    it('answer with text and structured content, which the client checks against the listed schema', async () => {
      const client = await registered([add]);
      await client.listTools();
      const answer = await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
      expect(answer).toMatchObject({ content: [{ type: 'text', text: '{"sum":3}' }], structuredContent: { sum: 3 } });
      expect(answer.isError).toBeUndefined();
    });

    it.each([
      'nothing',
      'constructor',
      '__proto__',
      'toString',
      'hasOwnProperty',
      '',
      'ADD',
      'add ',
      'x'.repeat(10_000),
    ])('an unknown name is −32602: %.20s', async (name) => {
      const client = await registered([add]);
      await expect(client.raw('tools/call', { name, arguments: {} })).rejects.toMatchObject({ code: -32602 });
    });

    it.each([[{}], [{ name: 7 }], [{ name: null }], [{ name: ['add'] }], [{ name: 'add', arguments: [] }]])(
      'a request that is not one is −32602: %j',
      async (params) => {
        const client = await registered([add]);
        await expect(client.raw('tools/call', params)).rejects.toMatchObject({ code: -32602 });
      },
    );

    it('bad arguments are an error result that names the path, with the data in _meta only', async () => {
      const client = await registered([add]);
      await client.listTools();
      const answer = await client.callTool({ name: 'add', arguments: { a: 1, b: 'two' } });
      expect(answer.isError).toBe(true);
      expect(answer.content?.[0]?.text).toMatch(/^INVALID_INPUT: .*\bb: /);
      expect(answer.structuredContent).toBeUndefined();
      expect(answer._meta?.[errorMetaKey]).toMatchObject({ code: 'INVALID_INPUT', retryable: false });
    });

    it('a caller that may not call is refused before its arguments are parsed', async () => {
      const parsed = vi.fn();
      const write = stack.tool({
        name: 'write',
        description: 'Writes.',
        access: 'write',
        effects: 'natural',
        input: z.object({ a: z.unknown().transform(parsed) }),
        handler: () => 'written',
      });
      const client = await registered([write], as(caller(['mcp:tools:read'])));
      const answer = await client.callTool({ name: 'write', arguments: { a: 1 } });
      expect(code(answer)).toBe('INSUFFICIENT_SCOPE');
      expect(answer.content?.[0]?.text).toBe('INSUFFICIENT_SCOPE: write needs the scope mcp:tools:write.');
      expect(parsed).not.toHaveBeenCalled();
    });

    it('a caller over its limit is refused before its arguments are parsed', async () => {
      const limited = quiet({ agentLimits: { perMinute: 1 } }).stack.tool({
        name: 'limited',
        description: 'Once a minute.',
        access: 'read',
        input: z.object({ a: z.number() }),
        handler: () => 'ran',
      });
      const client = await registered([limited]);
      expect(code(await client.callTool({ name: 'limited', arguments: {} }))).toBe('INVALID_INPUT');
      expect(code(await client.callTool({ name: 'limited', arguments: {} }))).toBe('RATE_LIMITED');
    });

    it.each<[string, () => unknown]>([
      ['an error', () => new Error(secret)],
      ['an error with a code of its own', () => Object.assign(new Error(secret), { code: -32602, data: secret })],
      ['a text', () => secret],
      ['nothing', () => undefined],
      ['an object', () => ({ message: secret, code: -32000 })],
      ['a protocol error', () => sdk.protocolError(-32602, secret)],
    ])('what a handler throws never reaches the client: %s', async (_, thrown) => {
      const failing = stack.tool({
        name: 'fail',
        description: 'Fails.',
        access: 'read',
        input: z.object({}),
        handler: () => Promise.reject(thrown()),
      });
      const client = await registered([failing]);
      const answer = await client.callTool({ name: 'fail', arguments: {} });
      expect(JSON.stringify(answer)).not.toContain(secret);
      expect(code(answer)).toBe('INTERNAL');
      const errorId = failed.at(-1)?.errorId;
      expect(answer._meta?.[errorMetaKey]).toMatchObject({ errorId });
      expect(answer.content?.[0]?.text).toContain(errorId);
    });

    it('what a handler says with a ToolError reaches the client', async () => {
      const refusing = stack.tool({
        name: 'refuse',
        description: 'Refuses.',
        access: 'read',
        input: z.object({}),
        handler: () => {
          throw new ToolError('INVALID_INPUT', 'Call list_orders first.', { details: { hint: 1 }, cause: secret });
        },
      });
      const client = await registered([refusing]);
      const answer = await client.callTool({ name: 'refuse', arguments: {} });
      expect(answer.content?.[0]?.text).toBe('INVALID_INPUT: Call list_orders first.');
      expect(answer._meta?.[errorMetaKey]).toMatchObject({ code: 'INVALID_INPUT', hint: 1 });
      expect(JSON.stringify(answer)).not.toContain(secret);
    });

    it('the principal is the object that the edge handed over', async () => {
      const seen: unknown[] = [];
      const who = stack.tool({
        name: 'who',
        description: 'Who.',
        access: 'read',
        input: z.object({}),
        handler: (_, call) => void seen.push(call.principal),
      });
      const principal = caller();
      const client = await registered([who], as(principal));
      await client.callTool({ name: 'who', arguments: {} });
      expect(seen[0]).toBe(principal);
    });

    describe('callers', () => {
      const ask = async (options: Parameters<typeof sdk.register>[2], connection: ConnectOptions) => {
        const who = stack.tool({
          name: 'who',
          description: 'Who.',
          access: 'read',
          input: z.object({}),
          handler: (_, call) => call.principal.subject,
        });
        const client = await connect(() => {
          const server = sdk.server();
          sdk.register(server, [who], options);
          return server;
        }, connection);
        const answer = await client.callTool({ name: 'who', arguments: {} });
        return code(answer) ?? answer.content?.[0]?.text;
      };
      const foreign = { token: 't', clientId: 'c', scopes: all, extra: { principal: caller(all, 'forged') } };

      it('without credentials are nobody', async () => {
        expect(await ask({}, {})).toBe('UNAUTHENTICATED');
      });
      it('without credentials are the configured principal', async () => {
        expect(await ask({ principal: caller(all, 'configured') }, {})).toBe('configured');
      });
      it('with credentials are never the configured principal', async () => {
        expect(await ask({ principal: caller(all, 'configured') }, as(caller(all, 'verified')))).toBe('verified');
        expect(await ask({ principal: caller(all, 'configured') }, { authInfo: foreign })).toBe('UNAUTHENTICATED');
      });
      it("with somebody else's credentials are who principalOf says", async () => {
        const principalOf = (authInfo: object) => caller(all, (authInfo as { clientId: string }).clientId);
        expect(await ask({ principalOf }, { authInfo: foreign })).toBe('c');
        expect(await ask({ principalOf: () => undefined }, { authInfo: foreign })).toBe('UNAUTHENTICATED');
      });
      it('are nobody when principalOf throws', async () => {
        const principalOf = () => {
          throw new Error(secret);
        };
        expect(await ask({ principalOf }, { authInfo: foreign })).toBe('UNAUTHENTICATED');
      });
    });

    it('_meta arrives: an idempotency key in it makes a repeated write one', async () => {
      const effect = vi.fn(() => 'done');
      const write = stack.tool({
        name: 'write',
        description: 'Writes.',
        access: 'write',
        effects: 'phased',
        input: z.object({}),
        handler: effect,
      });
      const client = await registered([write]);
      const params = { name: 'write', arguments: {}, _meta: { [idempotencyMetaKey]: `${sdk.name}-1` } };
      await client.callTool(params);
      const again = await client.callTool(params);
      expect(again.content).toEqual([{ type: 'text', text: 'done' }]);
      expect(effect).toHaveBeenCalledTimes(1);
    });

    it.each([
      ['an answer', () => 'done'],
      ['an error', () => Promise.reject(new ToolError('INVALID_INPUT', 'No open order.'))],
    ])('%s that is given again says so in its _meta, beside what it was', async (what, handler) => {
      const write = stack.tool({
        name: 'write',
        description: 'Writes.',
        access: 'write',
        effects: 'phased',
        input: z.object({}),
        handler,
      });
      const client = await registered([write]);
      const params = { name: 'write', arguments: {}, _meta: { [idempotencyMetaKey]: `${sdk.name}-${what}` } };
      const first = await client.callTool(params);
      const again = await client.callTool(params);
      expect([again.content, again.isError, code(again)]).toEqual([first.content, first.isError, code(first)]);
      expect([first, again].map(({ _meta }) => _meta?.['dev.sallyport/replayed'])).toEqual([undefined, true]);
    });

    it('two sessions that count their requests alike have effects of their own', async () => {
      const keys: unknown[] = [];
      const write = stack.tool({
        name: 'write',
        description: 'Writes.',
        access: 'write',
        effects: 'natural',
        input: z.object({}),
        handler: (_, call) => void keys.push(call.effect?.downstreamKey),
      });
      for (let session = 0; session < 2; session++) {
        await (await registered([write])).callTool({ name: 'write', arguments: {} });
      }
      expect(new Set(keys).size).toBe(2);
    });

    it('progress goes to the request that asked for it, as long as it grows', async () => {
      const steps = stack.tool({
        name: 'steps',
        description: 'Steps.',
        access: 'read',
        input: z.object({}),
        handler: (_, { client }) => {
          client.progress(1, 3, 'one');
          client.progress(1);
          client.progress(0);
          client.progress(2, 3);
          return 'done';
        },
      });
      const client = await registered([steps]);
      const onprogress = vi.fn();
      await client.callTool({ name: 'steps', arguments: {} }, { onprogress });
      expect(onprogress.mock.calls).toEqual([[{ progress: 1, total: 3, message: 'one' }], [{ progress: 2, total: 3 }]]);
      await client.callTool({ name: 'steps', arguments: {} });
      expect(onprogress).toHaveBeenCalledTimes(2);
    });

    it('nothing is sent for a call that is answered', async () => {
      const late = signalled();
      const leaking = quiet({ timeoutMs: 20 }).stack.tool({
        name: 'late',
        description: 'Late.',
        access: 'read',
        input: z.object({}),
        handler: async (_, { client, signal }) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          await new Promise((resolve) => setTimeout(resolve, 10));
          client.progress(1);
          late.arrive();
        },
      });
      const client = await registered([leaking]);
      const onprogress = vi.fn();
      const answer = await client.callTool({ name: 'late', arguments: {} }, { onprogress });
      expect(code(answer)).toBe('TOOL_TIMEOUT');
      await late.arrived;
      expect(onprogress).not.toHaveBeenCalled();
    });

    it('log messages go to the client, at the level it asked for', async () => {
      const talk = stack.tool({
        name: 'talk',
        description: 'Talks.',
        access: 'read',
        input: z.object({}),
        handler: (_, { client }) => {
          client.log('debug', 'low');
          client.log('warning', { n: 1 });
          return 'done';
        },
      });
      const client = await registered([talk]);
      if (sdk.era === '2025') await client.raw('logging/setLevel', { level: 'info' });
      const _meta = sdk.era === '2026' ? { 'io.modelcontextprotocol/logLevel': 'info' } : {};
      await client.callTool({ name: 'talk', arguments: {}, _meta });
      expect(client.logged).toMatchObject([{ level: 'warning', data: { n: 1 } }]);
    });

    it('a client that cancels aborts the handler', async () => {
      const started = signalled();
      const aborted = signalled();
      const wait = stack.tool({
        name: 'wait',
        description: 'Waits.',
        access: 'read',
        input: z.object({}),
        handler: async (_, { signal }) => {
          started.arrive();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          aborted.arrive();
        },
      });
      const client = await registered([wait]);
      const controller = new AbortController();
      const call = client.callTool({ name: 'wait', arguments: {} }, { signal: controller.signal });
      await started.arrived;
      controller.abort();
      await expect(call).rejects.toThrow();
      await aborted.arrived;
      await vi.waitFor(() => expect(failed.at(-1)?.error.code).toBe('CANCELLED'));
    });

    it('50 calls at once get their own answers', async () => {
      const free = quiet({ agentLimits: { concurrent: 50 } }).stack.tool({
        name: 'echo',
        description: 'Echoes.',
        access: 'read',
        input: z.object({ n: z.number() }),
        handler: ({ n }) => String(n),
      });
      const client = await registered([free]);
      const numbers = Array.from({ length: 50 }, (_, n) => n);
      const answers = await Promise.all(numbers.map((n) => client.callTool({ name: 'echo', arguments: { n } })));
      expect(answers.map(({ content }) => Number(content?.[0]?.text))).toEqual(numbers);
    });

    it('never more calls at once than the agent may have', async () => {
      let [now, most] = [0, 0];
      const busy = quiet().stack.tool({
        name: 'busy',
        description: 'Takes a while.',
        access: 'read',
        input: z.object({}),
        handler: async () => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setTimeout(resolve, 20));
          now--;
        },
      });
      const client = await registered([busy]);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => client.callTool({ name: 'busy', arguments: {} })),
      );
      expect(most).toBe(5);
      expect(answers.filter((answer) => code(answer) === 'RATE_LIMITED')).toHaveLength(15);
    });

    it('"open this URL first" stays the protocol error that it is', async () => {
      const sensitive = stack.tool({
        name: 'sensitive',
        description: 'Needs a URL.',
        access: 'read',
        input: z.object({}),
        handler: () => Promise.reject(sdk.urlElicitation()),
      });
      const client = await registered([sensitive]);
      const call = client.raw('tools/call', { name: 'sensitive', arguments: {} });
      // The 2026-07-28 revision has no such error; there the SDK tells the author to return `input_required`.
      if (sdk.era === '2026') await expect(call).rejects.toMatchObject({ code: -32603 });
      else await expect(call).rejects.toMatchObject({ code: -32042, data: { elicitations: [{ elicitationId: '1' }] } });
    });

    it('are added by a second registration, and a name that is taken is refused, whole', () => {
      const server = sdk.server();
      sdk.register(server, [ping]);
      expect(() => sdk.register(server, [add, ping])).toThrow(/ping.*registered already/);
      expect(() => sdk.register(server, [add, add])).toThrow(/add.*registered already/);
      expect(sdk.toolsOf(server)).toEqual([ping]);
      sdk.register(server, [add]);
      expect(sdk.toolsOf(server)).toEqual([ping, add]);
    });

    it('are accepted by the low-level server as well', async () => {
      const client = await connect(() => {
        const server = sdk.server();
        sdk.register(server.server, [add]);
        return server;
      });
      expect(await client.callTool({ name: 'add', arguments: { a: 1, b: 1 } })).toMatchObject({
        structuredContent: { sum: 2 },
      });
      expect(sdk.toolsOf(sdk.server())).toEqual([]);
    });

    it('are served where the capability was declared beforehand', async () => {
      const client = await connect(() => {
        const server = sdk.server({ capabilities: { tools: {} } });
        sdk.register(server, [add]);
        return server;
      });
      expect(await client.listTools()).toHaveLength(1);
    });

    it('do not share a server with tools that nobody guards', () => {
      const before = sdk.server();
      before.registerTool('plain', {}, () => text('plain'));
      expect(() => sdk.register(before, [add])).toThrow(/harden/);
      for (const options of [{}, { capabilities: { tools: {} } }]) {
        const after = sdk.server(options);
        sdk.register(after, [add]);
        expect(() => after.registerTool('plain', {}, () => text('plain'))).toThrow(/harden/);
      }
    });

    it('share a server with hardened ones', async () => {
      const client = await wrapped((server) => {
        sdk.register(server, [add]);
        server.registerTool('plain', { access: 'read' }, () => text('plain'));
        expect(() => server.registerTool('add', {}, () => text('second'))).toThrow(/registered already/);
      });
      expect((await client.listTools()).map(({ name }) => name)).toEqual(['add', 'plain']);
      expect(await client.callTool({ name: 'add', arguments: { a: 1, b: 1 } })).toMatchObject({
        structuredContent: { sum: 2 },
      });
    });
  });

  describe('hardened tools', () => {
    const setUp = (server: AnyServer) => {
      server.registerTool(
        'lookup',
        {
          title: 'Look up',
          description: 'Looks up.',
          inputSchema: { id: z.number().describe('Which.'), how: z.string().default('fast') },
          outputSchema: { id: z.number() },
          annotations: { readOnlyHint: true },
          _meta: { 'com.example/tag': 1 },
        },
        ({ id }: { id: number }) => ({ ...text(String(id)), structuredContent: { id } }),
      );
      server.registerTool('bare', { annotations: { readOnlyHint: true } }, () => text('bare'));
      server.registerTool(
        'other',
        { inputSchema: z.object({ a: z.string() }).strict(), annotations: { readOnlyHint: true } },
        () => text('other'),
      );
    };

    it('are listed as the SDK lists them', async () => {
      const official = await connect(() => {
        const server = sdk.server();
        setUp(server);
        return server;
      });
      const hardenedOne = await wrapped(setUp);
      expect(await hardenedOne.listTools()).toEqual(await official.listTools());
    });

    it('answer as the SDK answers', async () => {
      const official = await connect(() => {
        const server = sdk.server();
        setUp(server);
        return server;
      });
      const hardenedOne = await wrapped(setUp);
      await hardenedOne.listTools();
      for (const params of [
        { name: 'lookup', arguments: { id: 7 } },
        { name: 'bare' },
        { name: 'bare', arguments: {} },
        { name: 'other', arguments: { a: 'x' } },
      ]) {
        expect(await hardenedOne.callTool(params)).toEqual(await official.callTool(params));
      }
    });

    it("get the arguments as the schema made them, and all that is in the SDK's own object", async () => {
      const { stack } = quiet();
      const seen: { sdk: unknown; args: unknown[] }[] = [];
      let passing: unknown;
      const spy: Layer = {
        name: 'spy',
        wrap: (next) => (call) => {
          passing = call.sdk;
          return next(call);
        },
      };
      const client = await wrapped((server) => {
        const keep = (...args: unknown[]) => {
          seen.push({ sdk: passing, args });
          return text('kept');
        };
        server.registerTool('one', { inputSchema: { n: z.string().transform(Number) }, access: 'read' }, keep);
        server.registerTool('two', { access: 'read' }, keep);
      }, stack.use(spy));
      await client.callTool({ name: 'one', arguments: { n: '7', dropped: true } });
      await client.callTool({ name: 'two', arguments: { dropped: true } });
      expect(seen[0]?.args[0]).toEqual({ n: 7 });
      for (const { sdk: given, args } of seen) {
        const got = args.at(-1) as { readonly mcpReq?: object };
        const { mcpReq, ...rest } = given as { readonly mcpReq?: object };
        expect(got).toMatchObject(sdk.sdk === 1 ? { ...rest, signal: expect.any(AbortSignal) } : rest);
        expect(got.mcpReq).toEqual(mcpReq && { ...mcpReq, signal: expect.any(AbortSignal) });
      }
      expect(seen[1]?.args).toHaveLength(1);
      expect(seen[0]?.sdk).toHaveProperty(sdk.sdk === 1 ? 'sendNotification' : 'mcpReq.notify');
    });

    it('see their signal abort at the deadline; a phased write is not aborted', async () => {
      const signals: AbortSignal[] = [];
      const client = await wrapped((server) => {
        const hang = (...args: unknown[]) => {
          const given = args.at(-1) as {
            readonly signal?: AbortSignal;
            readonly mcpReq?: { readonly signal: AbortSignal };
          };
          signals.push((given.signal ?? given.mcpReq?.signal) as AbortSignal);
          return new Promise<never>(() => {});
        };
        server.registerTool('reads', { access: 'read', timeoutMs: 10 }, hang);
        server.registerTool('writes', { access: 'write', effects: 'phased', timeoutMs: 10 }, hang);
      });
      for (const name of ['reads', 'writes']) await client.callTool({ name, arguments: {} });
      expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    });

    it('take the policy from their config', async () => {
      const client = await wrapped((server) => {
        server.registerTool('open', { access: 'read', limits: { perMinute: 1 } }, () => text('open'));
        server.registerTool('own', { access: 'read', scopes: ['billing:read'] }, () => text('own'));
        server.registerTool('slow', { access: 'read', timeoutMs: 10 }, () => new Promise(() => {}));
      });
      expect(code(await client.callTool({ name: 'open' }))).toBeUndefined();
      expect(code(await client.callTool({ name: 'open' }))).toBe('RATE_LIMITED');
      expect(code(await client.callTool({ name: 'own' }))).toBe('INSUFFICIENT_SCOPE');
      expect(code(await client.callTool({ name: 'slow' }))).toBe('TOOL_TIMEOUT');
    });

    it('without a declared access class have the one of their annotations, and explain says so', async () => {
      const server = sdk.harden(sdk.server(), quiet().stack);
      server.registerTool('reads', { annotations: { readOnlyHint: true } }, () => text('x'));
      server.registerTool('writes', { inputSchema: { a: z.string() } }, () => text('x'));
      server.registerTool('declared', { access: 'sensitive', effects: 'natural' }, () => text('x'));
      const policies = sdk.toolsOf(server).map((tool) => ({
        authorize: explain(tool).layers.find(({ name }) => name === 'authorize')?.policy,
        idempotent: explain(tool).layers.find(({ name }) => name === 'idempotent')?.policy,
      }));
      expect(policies).toMatchObject([
        { authorize: { access: 'read', derivedFrom: 'annotations' }, idempotent: undefined },
        { authorize: { access: 'write', derivedFrom: 'annotations' }, idempotent: { effects: 'phased' } },
        { authorize: { access: 'sensitive' }, idempotent: { effects: 'natural' } },
      ]);
      expect(policies[2]?.authorize).not.toHaveProperty('derivedFrom');
    });

    it('a declaration that is not complete is refused, and leaves no tool behind', async () => {
      vi.spyOn(console, 'warn').mockImplementation(() => {});
      const client = await wrapped((server) => {
        expect(() => server.registerTool('write', { access: 'write' }, () => text('x'))).toThrow(/write.*effects/);
        expect(() => server.registerTool('bad', { access: 'everything' }, () => text('x'))).toThrow(/bad.*access/);
        expect(() => server.registerTool('no name', { access: 'read' }, () => text('x'))).toThrow(/no name/);
        server.registerTool('write', { access: 'read' }, () => text('second'));
      });
      expect((await client.listTools()).map(({ name }) => name)).toEqual(['write']);
    });

    it('know the configured caller where the transport has no credentials', async () => {
      const make = () => {
        const server = sdk.harden(sdk.server(), quiet().stack, { principal: caller(['mcp:tools:read']) });
        server.registerTool('a', { access: 'read' }, () => text('a'));
        server.registerResource('r', 'x://r', {}, () => ({ contents: [] }));
        return server;
      };
      const configured = await connect(make, {});
      expect(code(await configured.callTool({ name: 'a' }))).toBeUndefined();
      await expect(configured.raw('resources/read', { uri: 'x://r' })).rejects.toMatchObject({ code: 403 });
      const verified = await connect(make, as(caller(['mcp:resources:read'])));
      expect(code(await verified.callTool({ name: 'a' }))).toBe('INSUFFICIENT_SCOPE');
      expect(await verified.raw('resources/read', { uri: 'x://r' })).toMatchObject({ contents: [] });
    });

    it('that write take an idempotency key as an argument, which the handler does not see', async () => {
      const effect = vi.fn(({ a }: { a: string }) => text(a));
      const client = await wrapped((server) => {
        server.registerTool('write', { inputSchema: { a: z.string() } }, effect);
      });
      const [tool] = await client.listTools();
      expect(tool).toHaveProperty('inputSchema.properties.idempotency_key');
      const params = { name: 'write', arguments: { a: 'x', idempotency_key: 'k' } };
      await client.callTool(params);
      expect((await client.callTool(params)).content).toEqual(text('x').content);
      expect(effect).toHaveBeenCalledTimes(1);
      expect(effect.mock.calls[0]?.[0]).toEqual({ a: 'x' });
    });

    it('a caller that may not call is refused before its arguments are parsed', async () => {
      const parsed = vi.fn();
      const client = await wrapped(
        (server) => {
          server.registerTool('write', { inputSchema: { a: z.unknown().transform(parsed) } }, () => text('x'));
        },
        quiet().stack,
        as(caller(['mcp:tools:read'])),
      );
      expect(code(await client.callTool({ name: 'write', arguments: { a: 1 } }))).toBe('INSUFFICIENT_SCOPE');
      expect(parsed).not.toHaveBeenCalled();
    });

    it('bad arguments are an error result that names the path', async () => {
      const client = await wrapped(setUp);
      await client.listTools();
      const answer = await client.callTool({ name: 'lookup', arguments: { id: 'x' } });
      expect(answer.isError).toBe(true);
      expect(answer.content?.[0]?.text).toMatch(/^INVALID_INPUT: .*\bid: /);
      expect(answer.structuredContent).toBeUndefined();
    });

    it.each(['nothing', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])(
      'an unknown name is −32602: %s',
      async (name) => {
        const client = await wrapped(setUp);
        await expect(client.raw('tools/call', { name, arguments: {} })).rejects.toMatchObject({ code: -32602 });
      },
    );

    it.each<[string, (server: AnyServer) => void]>([
      ['an error', (s) => s.registerTool('fail', { access: 'read' }, () => Promise.reject(new Error(secret)))],
      ['a text', (s) => s.registerTool('fail', { access: 'read' }, () => Promise.reject(secret))],
      ['nothing', (s) => s.registerTool('fail', { access: 'read' }, () => Promise.reject(undefined))],
      [
        'a protocol error',
        (s) => s.registerTool('fail', { access: 'read' }, () => Promise.reject(sdk.protocolError(-32602, secret))),
      ],
      [
        'an error while parsing',
        (s) =>
          s.registerTool(
            'fail',
            {
              access: 'read',
              inputSchema: {
                a: z.unknown().transform(() => {
                  throw new Error(secret);
                }),
              },
            },
            () => text('x'),
          ),
      ],
      [
        'structured content that does not match',
        (s) =>
          s.registerTool('fail', { access: 'read', outputSchema: { n: z.literal('a') } }, () => ({
            ...text('x'),
            structuredContent: { n: secret },
          })),
      ],
      [
        'structured content that does not match, alone',
        (s) =>
          s.registerTool('fail', { access: 'read', outputSchema: { n: z.number() } }, () => ({
            structuredContent: { n: secret },
          })),
      ],
      [
        'structured content that is missing',
        (s) => s.registerTool('fail', { access: 'read', outputSchema: { n: z.number() } }, () => text(secret)),
      ],
      ['no result', (s) => s.registerTool('fail', { access: 'read' }, () => undefined)],
      ['something else', (s) => s.registerTool('fail', { access: 'read' }, () => ({ content: [{ type: secret }] }))],
    ])('what goes wrong inside is INTERNAL and says nothing: %s', async (_, setUpOne) => {
      const { stack, failed } = quiet();
      const client = await wrapped(setUpOne, stack);
      await client.listTools();
      const answer = await client.callTool({ name: 'fail', arguments: {} });
      expect(JSON.stringify(answer)).not.toContain(secret);
      expect(code(answer)).toBe('INTERNAL');
      expect(failed.at(-1)?.error.code).toBe('INTERNAL');
    });

    it('an error result of their own passes, without structured content', async () => {
      const client = await wrapped((server) => {
        server.registerTool('own', { access: 'read', outputSchema: { n: z.number() } }, () => ({
          ...text('No such order.'),
          isError: true,
        }));
      });
      await client.listTools();
      expect(await client.callTool({ name: 'own' })).toMatchObject({ ...text('No such order.'), isError: true });
    });

    it("the server's own limit of elements stays", async () => {
      const client = await connect(() => {
        const server = sdk.harden(sdk.server({ maxToolInputElements: 3 }), quiet().stack);
        server.registerTool('any', { access: 'read', inputSchema: { a: z.array(z.number()) } }, () => text('ran'));
        server.registerTool('none', { access: 'read' }, () => text('ran'));
        return server;
      });
      expect(code(await client.callTool({ name: 'any', arguments: { a: [1, 2] } }))).toBeUndefined();
      expect(code(await client.callTool({ name: 'any', arguments: { a: [1, 2, 3] } }))).toBe('INVALID_INPUT');
      expect(code(await client.callTool({ name: 'none', arguments: { a: [1, 2, 3] } }))).toBe('INVALID_INPUT');
    });

    it('"open this URL first" stays the protocol error that it is', async () => {
      const client = await wrapped((server) => {
        server.registerTool('sensitive', { access: 'read' }, () => Promise.reject(sdk.urlElicitation()));
      });
      const call = client.raw('tools/call', { name: 'sensitive', arguments: {} });
      await expect(call).rejects.toMatchObject({ code: sdk.era === '2026' ? -32603 : -32042 });
    });

    it('talk to their client as before: progress, log messages, elicitation and sampling', async () => {
      type Extra = {
        _meta?: { progressToken: string };
        sendNotification(notification: object): Promise<void>;
        sendRequest(request: object, schema: unknown): Promise<{ action: string }>;
        mcpReq: {
          _meta?: { progressToken: string };
          notify(notification: object): Promise<void>;
          log(level: string, data: unknown): Promise<void>;
          elicitInput(params: object): Promise<{ action: string }>;
          requestSampling(params: object): Promise<{ content: { text: string } }>;
        };
      };
      const elicitation = { message: 'Name?', requestedSchema: { type: 'object', properties: {} } };
      const sampling = { messages: [{ role: 'user', content: { type: 'text', text: 'x' } }], maxTokens: 1 };
      const client = await wrapped((server) => {
        server.registerTool('talk', { access: 'read' }, async (extra: Extra) => {
          const progressToken = (extra.mcpReq ?? extra)._meta?.progressToken;
          const progress = { method: 'notifications/progress', params: { progressToken, progress: 1 } };
          if (sdk.sdk === 2) {
            await extra.mcpReq.notify(progress);
            await extra.mcpReq.log('info', 'logged');
            if (sdk.era === '2026') return text('no requests to the client in this era');
            const { action } = await extra.mcpReq.elicitInput(elicitation);
            return text(`${action} ${(await extra.mcpReq.requestSampling(sampling)).content.text}`);
          }
          await extra.sendNotification(progress);
          await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'logged' } });
          const first = server.server as {
            elicitInput(params: object): Promise<{ action: string }>;
            createMessage(params: object): Promise<{ content: { text: string } }>;
          };
          const { action } = await first.elicitInput(elicitation);
          return text(`${action} ${(await first.createMessage(sampling)).content.text}`);
        });
      });
      const onprogress = vi.fn();
      const _meta = sdk.era === '2026' ? { 'io.modelcontextprotocol/logLevel': 'info' } : {};
      const answer = await client.callTool({ name: 'talk', _meta }, { onprogress });
      if (sdk.era === '2025') expect(answer.content).toEqual(text('accept sampled').content);
      expect(onprogress).toHaveBeenCalledWith({ progress: 1 });
      expect(client.logged).toMatchObject([{ level: 'info', data: 'logged' }]);
    });

    describe('that change', () => {
      const change = (setUpOne: (server: AnyServer) => void) => wrapped(setUpOne);
      const names = async (client: AnyClient) => (await client.listTools()).map(({ name }) => name);
      const unknown = { code: -32602 };

      it('are gone while they are disabled, however that was done', async () => {
        const client = await change((server) => {
          server.registerTool('a', { access: 'read' }, () => text('a')).disable();
          server.registerTool('b', { access: 'read' }, () => text('b')).enabled = false;
          const c = server.registerTool('c', { access: 'read', inputSchema: { n: z.number() } }, () => text('c'));
          c.disable();
          c.enable();
        });
        const [c, ...others] = await client.listTools();
        expect(others).toEqual([]);
        expect(c).toMatchObject({ name: 'c', inputSchema: { properties: { n: { type: 'number' } } } });
        for (const name of ['a', 'b']) await expect(client.raw('tools/call', { name })).rejects.toMatchObject(unknown);
        expect((await client.callTool({ name: 'c', arguments: { n: 1 } })).content).toEqual(text('c').content);
      });

      it('are gone once they are removed, also after a new name', async () => {
        const client = await change((server) => {
          const a = server.registerTool('a', { access: 'read' }, () => text('a'));
          a.update({ name: 'b' });
          a.update({ name: 'c' });
          a.remove();
          a.update({ title: 'not back' });
        });
        expect(await names(client)).toEqual([]);
        for (const name of ['a', 'b', 'c'])
          await expect(client.raw('tools/call', { name })).rejects.toMatchObject(unknown);
      });

      it('answer under their new name only, in place of none', async () => {
        const client = await change((server) => {
          server.registerTool('taken', { access: 'read' }, () => text('taken'));
          const a = server.registerTool('a', { access: 'read' }, () => text('a'));
          expect(() => a.update({ name: 'taken' })).toThrow(/registered already/);
          a.update({ name: 'b' });
        });
        expect(await names(client)).toEqual(['taken', 'b']);
        expect((await client.callTool({ name: 'b' })).content).toEqual(text('a').content);
        expect((await client.callTool({ name: 'taken' })).content).toEqual(text('taken').content);
        await expect(client.raw('tools/call', { name: 'a' })).rejects.toMatchObject(unknown);
      });

      it('run their new handler, with their new schemas, behind the same policy', async () => {
        const limited = { perMinute: 2 };
        const client = await change((server) => {
          const tool = server.registerTool(
            'a',
            { access: 'read', limits: limited, inputSchema: { n: z.number() }, outputSchema: { n: z.number() } },
            () => ({ ...text('old'), structuredContent: { n: 1 } }),
          );
          const schemas = {
            paramsSchema: sdk.sdk === 1 ? { s: z.string() } : z.object({ s: z.string() }),
            outputSchema: sdk.sdk === 1 ? { s: z.string() } : z.object({ s: z.string() }),
          };
          tool.update({
            ...schemas,
            description: 'New.',
            callback: ({ s }: { s: string }) => ({ ...text('new'), structuredContent: { s } }),
          });
        });
        const [listed] = await client.listTools();
        expect(listed).toMatchObject({
          description: 'New.',
          inputSchema: { properties: { s: { type: 'string' } } },
          outputSchema: { properties: { s: { type: 'string' } } },
        });
        const answer = await client.callTool({ name: 'a', arguments: { s: 'x' } });
        expect(answer).toMatchObject({ ...text('new'), structuredContent: { s: 'x' } });
        expect(code(await client.callTool({ name: 'a', arguments: { n: 1 } }))).toBe('INVALID_INPUT');
        expect(code(await client.callTool({ name: 'a', arguments: { s: 'x' } }))).toBe('RATE_LIMITED');
      });

      it('have the access class of their new annotations', () => {
        const server = sdk.harden(sdk.server(), quiet().stack);
        const tool = server.registerTool('a', { annotations: { readOnlyHint: true } }, () => text('a'));
        tool.update({ annotations: { readOnlyHint: false } });
        expect(sdk.toolsOf(server)[0]?.facts.policy.authorize).toMatchObject({ access: 'write' });
      });

      it('are gone when what they became cannot be hardened', async () => {
        vi.spyOn(console, 'warn').mockImplementation(() => {});
        const client = await change((server) => {
          const a = server.registerTool('a', { access: 'read' }, () => text('a'));
          expect(() => a.update({ name: 'not a name' })).toThrow(/not a name/);
        });
        expect(await names(client)).toEqual([]);
        for (const name of ['a', 'not a name']) {
          await expect(client.raw('tools/call', { name })).rejects.toMatchObject(unknown);
        }
      });
    });
  });

  describe('a server that is hardened', () => {
    it('is the same object, of the same class', () => {
      const server = sdk.server();
      expect(sdk.harden(server, quiet().stack)).toBe(server);
      expect(server).toBeInstanceOf(sdk.server().constructor);
    });

    it('must have nothing on it yet that would stay unguarded', () => {
      const { stack } = quiet();
      const withTools = sdk.server();
      withTools.registerTool('early', {}, () => text('x'));
      expect(() => sdk.harden(withTools, stack)).toThrow(/before tools are registered.*early/);
      const twice = sdk.harden(sdk.server(), stack);
      expect(() => sdk.harden(twice, stack)).toThrow(/already/);
      const served = sdk.server();
      sdk.register(served, []);
      expect(() => sdk.harden(served, stack)).toThrow(/before register/);
    });

    // The 2026-07-28 revision knows no connection.
    it.runIf(sdk.era === '2025')('must not be connected yet', async () => {
      const server = sdk.server();
      await connect(() => server);
      expect(() => sdk.harden(server, quiet().stack)).toThrow(/before the server is connected/);
    });

    const handlers = [
      ['tools/call', () => text(secret)],
      ['tools/list', () => ({ tools: [] })],
      ['resources/read', () => Promise.reject(new Error(secret))],
      ['prompts/get', () => Promise.reject(new Error(secret))],
    ] as const;
    const set = async (server: AnyServer, method: string, handler: unknown) => {
      const low = server.server as { setRequestHandler(schemaOrMethod: unknown, handler: unknown): void };
      const schema = z.object({ method: z.literal(method), params: z.looseObject({}).optional() });
      low.setRequestHandler(sdk.sdk === 1 ? schema : method, handler);
    };
    const capabilities = { tools: {}, resources: { subscribe: true }, prompts: {}, completions: {} };
    const guardedMethods = [
      'resources/list',
      'resources/templates/list',
      'resources/read',
      // The 2026-07-28 revision listens instead.
      ...(sdk.era === '2026' ? [] : ['resources/subscribe', 'resources/unsubscribe']),
      'prompts/list',
      'prompts/get',
      'completion/complete',
    ];
    const paramsOf: Readonly<Record<string, Record<string, unknown>>> = {
      'resources/read': { uri: 'x://r' },
      'resources/subscribe': { uri: 'x://r' },
      'resources/unsubscribe': { uri: 'x://r' },
      'prompts/get': { name: 'p' },
      'completion/complete': { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: '' } },
    };

    it.each(handlers)('must not have a handler of the author for %s', async (method, handler) => {
      const server = sdk.server();
      (server.server as { registerCapabilities(c: object): void }).registerCapabilities(capabilities);
      await set(server, method, handler);
      expect(() => sdk.harden(server, quiet().stack)).toThrow(new RegExp(`before a handler for ${method}`));
    });

    it('refuses a handler of the author for tools', async () => {
      const server = sdk.harden(sdk.server({ capabilities }), quiet().stack);
      await expect(set(server, 'tools/call', () => text(secret))).rejects.toThrow(/answered by Sallyport/);
      await expect(set(server, 'tools/list', () => text(secret))).rejects.toThrow(/answered by Sallyport/);
    });

    it.each(guardedMethods)('guards a handler of the author for %s', async (method) => {
      const { stack } = quiet();
      const ran = vi.fn(() => Promise.reject(new Error(secret)));
      const make = () => {
        const server = sdk.harden(sdk.server({ capabilities }), stack);
        void set(server, method, ran);
        return server;
      };
      const params = paramsOf[method] ?? {};
      const denied = await connect(make, as(caller(['mcp:tools:read'])));
      await expect(denied.raw(method, params)).rejects.toMatchObject({ code: 403 });
      expect(ran).not.toHaveBeenCalled();
      const client = await connect(make);
      await expect(client.raw(method, params)).rejects.toMatchObject({
        code: -32603,
        data: { code: 'INTERNAL' },
      });
      expect(ran).toHaveBeenCalledOnce();
    });

    it('answers for what it declared, also while nothing is there', async () => {
      const client = await connect(() => sdk.harden(sdk.server({ capabilities }), quiet().stack));
      expect(await client.listTools()).toEqual([]);
      await expect(client.raw('tools/call', { name: 'a' })).rejects.toMatchObject({ code: -32602 });
      expect(await client.raw('resources/list')).toMatchObject({ resources: [] });
      expect(await client.raw('prompts/list')).toMatchObject({ prompts: [] });
      const nobody = await connect(() => sdk.harden(sdk.server({ capabilities }), quiet().stack), {});
      await expect(nobody.raw('resources/list')).rejects.toMatchObject({ code: 401 });
    });

    it('says what it guards', () => {
      const server = sdk.harden(sdk.server(), quiet().stack);
      server.registerTool('a', { access: 'read' }, () => text('a'));
      server.registerPrompt('p', {}, () => ({ messages: [] }));
      expect(sdk.toolsOf(server).map(({ facts }) => [facts.kind, facts.name])).toEqual([
        ['tool', 'a'],
        ['prompt', 'prompts/list'],
        ['prompt', 'prompts/get'],
      ]);
    });
  });

  describe.each([
    ['on a plain server', {}],
    ['on a server that declared its capabilities', { capabilities: { tools: {}, resources: {}, prompts: {} } }],
  ])('hardened resources and prompts %s', (_, options) => {
    const runs = vi.fn();
    const listed = vi.fn();
    const completed = vi.fn();
    let fails: unknown;
    const run = (what: string) => {
      runs(what);
      if (fails !== undefined) throw fails;
    };
    afterEach(() => {
      fails = undefined;
    });
    const setUp = (server: AnyServer) => {
      server.registerResource('one', 'x://one', { title: 'One' }, (uri: URL) => {
        run('one');
        return { contents: [{ uri: uri.href, text: 'first' }] };
      });
      const template = sdk.template('x://many/{id}', {
        list: () => {
          listed();
          if (fails !== undefined) throw fails;
          return { resources: [{ uri: 'x://many/1', name: 'many 1' }] };
        },
        complete: {
          id: (value: string) => {
            completed();
            if (fails !== undefined) throw fails;
            return [`${value}1`];
          },
        },
      });
      server.registerResource('many', template, {}, (uri: URL, { id }: { id: string }) => {
        run('many');
        return { contents: [{ uri: uri.href, text: id }] };
      });
      server.registerPrompt(
        'greet',
        { description: 'Greets.', argsSchema: { who: z.string() } },
        ({ who }: { who: string }) => {
          run('greet');
          return { messages: [{ role: 'user', content: { type: 'text', text: who } }] };
        },
      );
    };
    const serving = (stack = quiet().stack, connection?: ConnectOptions) =>
      connect(() => {
        const server = sdk.harden(sdk.server(options), stack);
        setUp(server);
        return server;
      }, connection);

    const requests = [
      ['resources/list', {}],
      ['resources/templates/list', {}],
      ['resources/read', { uri: 'x://one' }],
      ['resources/read', { uri: 'x://many/7' }],
      ['prompts/list', {}],
      ['prompts/get', { name: 'greet', arguments: { who: 'Ada' } }],
      [
        'completion/complete',
        { ref: { type: 'ref/resource', uri: 'x://many/{id}' }, argument: { name: 'id', value: 'a' } },
      ],
    ] as const;

    it.each(requests)('%s %j is answered as the SDK answers it', async (method, params) => {
      const official = await connect(() => {
        const server = sdk.server(options);
        setUp(server);
        return server;
      });
      const client = await serving();
      expect(await client.raw(method, params)).toEqual(await official.raw(method, params));
    });

    it.each(requests)('%s %j needs the scope, before any code of the author runs', async (method, params) => {
      const client = await serving(quiet().stack, as(caller(['mcp:tools:read', 'mcp:tools:write'])));
      runs.mockClear();
      listed.mockClear();
      completed.mockClear();
      await expect(client.raw(method, params)).rejects.toMatchObject({
        code: 403,
        message: expect.stringContaining(`${method} needs the scope mcp:resources:read.`),
        data: { code: 'INSUFFICIENT_SCOPE', requiredScopes: ['mcp:resources:read'], retryable: false },
      });
      for (const author of [runs, listed, completed]) expect(author).not.toHaveBeenCalled();
    });

    it.each(requests)('%s %j needs a caller', async (method, params) => {
      const client = await serving(quiet().stack, {});
      await expect(client.raw(method, params)).rejects.toMatchObject({ code: 401, data: { code: 'UNAUTHENTICATED' } });
    });

    const running = requests.filter(([method]) => !['resources/templates/list', 'prompts/list'].includes(method));
    const thrown: [string, () => unknown, number][] = [
      ['an error', () => new Error(secret), -32603],
      ['a text', () => secret, -32603],
      ['an error with a code of its own', () => Object.assign(new Error(secret), { code: 7, data: secret }), -32603],
      ['a protocol error', () => sdk.protocolError(-32603, secret), -32603],
      ['a protocol error about parameters', () => sdk.protocolError(-32602, secret), -32602],
      ['a protocol error about a resource', () => sdk.protocolError(-32002, secret), -32602],
    ];
    it.each(running.flatMap((request) => thrown.map((one) => [...request, ...one] as const)))(
      '%s %j: what the author throws never reaches the client: %s',
      async (method, params, __, make, expected) => {
        const { stack, failed } = quiet();
        const client = await serving(stack);
        fails = make();
        const error: unknown = await client.raw(method, params).catch((e: unknown) => e);
        expect(`${(error as Error).message} ${JSON.stringify(error)}`).not.toContain(secret);
        expect(error).toMatchObject({
          code: expected,
          data: { code: expected === -32603 ? 'INTERNAL' : 'INVALID_INPUT', errorId: failed.at(-1)?.errorId },
        });
      },
    );

    it('what the author says with a ToolError reaches the client', async () => {
      const client = await serving();
      fails = new ToolError('OVERLOADED', 'Come back later.', { retryAfterMs: 2_000 });
      await expect(client.raw('resources/read', { uri: 'x://one' })).rejects.toMatchObject({
        code: 503,
        message: expect.stringContaining('OVERLOADED: Come back later. Try again in 2 seconds.'),
        data: { code: 'OVERLOADED', retryAfterMs: 2_000 },
      });
    });

    it('"open this URL first" stays the protocol error that it is', async () => {
      const client = await serving();
      fails = sdk.urlElicitation();
      await expect(client.raw('resources/read', { uri: 'x://one' })).rejects.toMatchObject({
        code: sdk.era === '2026' ? -32603 : -32042,
      });
    });

    it.each([
      ['resources/read', { uri: 'x://nothing' }],
      ['resources/read', { uri: 'no uri' }],
      ['resources/read', { uri: 'x://__proto__' }],
      ['prompts/get', { name: 'nothing' }],
      ['prompts/get', { name: 'greet', arguments: {} }],
      ['completion/complete', { ref: { type: 'ref/prompt', name: 'nothing' }, argument: { name: 'a', value: '' } }],
    ] as const)('%s %j is −32602, and is charged like any other', async (method, params) => {
      const client = await serving(quiet({ agentLimits: { perMinute: 1 } }).stack);
      await expect(client.raw(method, params)).rejects.toMatchObject({ code: -32602, data: { code: 'INVALID_INPUT' } });
      await expect(client.raw(method, params)).rejects.toMatchObject({ code: 429, data: { code: 'RATE_LIMITED' } });
    });

    it.each(['constructor', '__proto__', 'toString'])('a prompt named %s is not there', async (name) => {
      const client = await serving();
      const error: unknown = await client.raw('prompts/get', { name, arguments: {} }).catch((e: unknown) => e);
      expect((error as { code: number }).code).toBeLessThan(-32600);
      expect((error as Error).message).not.toMatch(/is not a function|undefined/);
    });

    it('bad arguments of a prompt are named', async () => {
      const client = await serving();
      await expect(client.raw('prompts/get', { name: 'greet', arguments: {} })).rejects.toThrow(
        /Invalid arguments for prompt greet: .*who/s,
      );
    });

    it('has a deadline', async () => {
      const client = await connect(() => {
        const server = sdk.harden(sdk.server(options), quiet({ timeoutMs: 10 }).stack);
        server.registerResource('slow', 'x://slow', {}, () => new Promise(() => {}));
        return server;
      });
      await expect(client.raw('resources/read', { uri: 'x://slow' })).rejects.toMatchObject({
        code: 504,
        data: { code: 'TOOL_TIMEOUT' },
      });
    });
  });
});

describe('over stdio', () => {
  const server = (generation: 1 | 2) => ({
    command: process.execPath,
    args: ['--import', 'tsx', fileURLToPath(new URL(`support/stdio-server-${generation}.ts`, import.meta.url))],
    env: {},
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  it.each(([1, 2] as const).flatMap((generation) => clientNames.map((name) => [generation, name] as const)))(
    'a server of generation %i knows its caller from configuration: %s',
    async (generation, name) => {
      // The first generation speaks the 2025 revisions only.
      if (generation === 1 && name.endsWith('2026-07-28')) {
        await expect(clients[name](server(generation))).rejects.toThrow();
        return;
      }
      const client = await clients[name](server(generation));
      expect((await client.listTools()).map((tool) => tool.name)).toEqual(['whoami']);
      expect(await client.call('whoami')).toMatchObject({ structuredContent: { subject: 'desktop', tenant: 'acme' } });
      await client.close();
    },
  );
});

describe('input_required', () => {
  const [, legacy, modern] = generations;
  const ask = {
    resultType: 'input_required',
    inputRequests: {
      name: {
        method: 'elicitation/create',
        params: { mode: 'form', message: 'Name?', requestedSchema: { type: 'object', properties: {} } },
      },
    },
  };
  it.each([legacy, modern])('passes through, and the answer comes back to the handler: $name', async (sdk) => {
    if (sdk === undefined) throw new Error('no such generation');
    const { stack, failed } = quiet();
    type Context = { mcpReq: { inputResponses?: { name: { content: { name: string } } } } };
    const client = await sdk.connect(() => {
      const server = sdk.harden(sdk.server(), stack);
      const answer = ({ mcpReq }: Context) => {
        const name = mcpReq.inputResponses?.name;
        return name === undefined ? ask : text(`Hello ${JSON.stringify(name)}`);
      };
      server.registerTool(
        'greet',
        { outputSchema: z.object({ never: z.string() }), access: 'read' },
        (ctx: Context) => {
          const said = answer(ctx);
          return 'resultType' in said ? said : { ...said, isError: true };
        },
      );
      return server;
    }, as(caller()));
    const answer = await client.callTool({ name: 'greet', arguments: {} });
    expect(answer.content?.[0]?.text).toContain('Ada');
    expect(failed).toEqual([]);
    await client.close();
  });
});
