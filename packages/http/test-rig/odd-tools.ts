import { hardened, reply, type Tool, ToolError } from '@sallyport/core';
import { z } from 'zod';

/** Holds back every call of `held` until it is told to go on; counts what arrives and what is aborted. */
export class HeldCalls {
  /** Reasons of the calls that were aborted. */
  readonly aborted: unknown[] = [];
  #onAbort: () => void = () => {};
  #waiting: (() => void)[] = [];
  #arrivals: { readonly count: number; readonly tell: () => void }[] = [];
  #arrived = 0;

  /** For the handler. */
  wait(signal: AbortSignal): Promise<void> {
    this.#arrived++;
    this.#arrivals = this.#arrivals.filter(({ count, tell }) => {
      if (this.#arrived < count) return true;
      tell();
      return false;
    });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => {
        this.aborted.push(signal.reason);
        this.#onAbort();
        resolve();
      });
    });
  }

  /** Resolves when so many calls have arrived in all. */
  arrived(count: number): Promise<void> {
    if (this.#arrived >= count) return Promise.resolve();
    return new Promise((tell) => this.#arrivals.push({ count, tell }));
  }

  get arrivals(): number {
    return this.#arrived;
  }

  nextArrival(): Promise<void> {
    return this.arrived(this.#arrived + 1);
  }

  /** Resolves at the next abort. */
  nextAbort(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAbort = resolve;
    });
  }

  /** Lets all go on, in the order in which `order` puts them. */
  release(order: (waiting: (() => void)[]) => (() => void)[] = (waiting) => waiting): void {
    for (const go of order(this.#waiting.splice(0))) go();
  }
}

/** What of the SDK's `ctx` asks the client something. */
interface Asking {
  elicitInput(params: object): Promise<object>;
  requestSampling(params: object): Promise<object>;
  send(request: object): Promise<object>;
}

const asking = (sdk: unknown) => (sdk as { readonly mcpReq: Asking }).mcpReq;
const question = { mode: 'form', message: 'Who?', requestedSchema: { type: 'object', properties: {} } };
const sample = { messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }], maxTokens: 5 };

/** Tools whose answers are everything a handler can give, ordinary and not, for comparing two ways to serve them. */
export function oddTools(): { readonly tools: Tool[]; readonly held: HeldCalls } {
  const held = new HeldCalls();
  const stack = hardened({ agentLimits: { perMinute: 1e9, concurrent: 1e6 }, report: () => {} });
  const read = { description: 'Reads.', access: 'read', input: z.looseObject({}) } as const;
  const made = (name: string, value: () => unknown) => stack.tool({ ...read, name, handler: value });
  const text = [{ type: 'text', text: 'said' }];
  const tools = [
    stack.tool({ ...read, name: 'echo', input: z.object({ text: z.string() }), handler: ({ text }) => text }),
    stack.tool({
      ...read,
      name: 'sum',
      title: 'Sum',
      annotations: { readOnlyHint: true },
      input: z.object({ a: z.number().default(1), b: z.number().optional() }),
      output: z.object({ sum: z.number(), of: z.array(z.number()) }),
      meta: { 'example.com/colour': 'grün' },
      handler: ({ a, b = 0 }) => ({ sum: a + b, of: [a, b] }),
    }),
    stack.tool({ ...read, name: 'any', handler: (input) => input }),
    stack.tool({
      name: 'write',
      description: 'Writes.',
      access: 'write',
      effects: 'natural',
      input: z.object({ text: z.string() }),
      handler: ({ text }) => `wrote ${text}`,
    }),
    stack.tool({ ...read, name: 'slowest', timeoutMs: 60_000, handler: () => 'in time' }),
    stack.tool({
      ...read,
      name: 'too_slow',
      timeoutMs: 20,
      handler: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    }),
    stack.tool({
      ...read,
      name: 'held',
      input: z.object({ mark: z.string() }),
      handler: async ({ mark }, { signal, client }) => {
        await held.wait(signal);
        client.log('info', `late ${mark}`);
        setImmediate(() => client.log('info', `too late ${mark}`));
        return mark;
      },
    }),
    stack.tool({
      ...read,
      name: 'speaks',
      handler: (_, { client }) => {
        client.progress(1, 2, 'half');
        client.log('warning', { half: true });
        client.progress(2);
        return 'spoken';
      },
    }),
    stack.tool({
      ...read,
      name: 'speaks_then_odd',
      handler: (_, { client }) => {
        client.log('info', 'first');
        return reply({ content: [{ type: 'image', data: 'aGk=', mimeType: 'image/png' }] });
      },
    }),
    stack.tool({
      ...read,
      name: 'context',
      handler: (_, { sdk, meta, requestId, auth }) => {
        const { http, mcpReq, sessionId } = sdk as {
          http: { authInfo: unknown; req: Request };
          mcpReq: Record<string, unknown> & { requestState(): unknown; signal: AbortSignal };
          sessionId: unknown;
        };
        const headers = [...http.req.headers].filter(([name]) => name !== 'user-agent');
        const { id, method, _meta, envelope, signal } = mcpReq;
        const asked = { id, method, _meta, envelope, state: mcpReq.requestState(), aborted: signal.aborted };
        return { asked, sessionId, headers, method: http.req.method, auth, meta, requestId };
      },
    }),
    stack.tool({
      ...read,
      name: 'sends',
      handler: async (_, { sdk }) => {
        const { mcpReq } = sdk as {
          mcpReq: {
            log(level: string, data: unknown, logger?: string): Promise<void>;
            notify(notification: object): Promise<void>;
          };
        };
        await mcpReq.log('info', 'by hand', 'logger');
        await mcpReq.notify({ method: 'notifications/progress', params: { progressToken: 't', progress: 1 } });
        return 'sent';
      },
    }),
    stack.tool({ ...read, name: 'elicits_by_hand', handler: (_, { sdk }) => asking(sdk).elicitInput(question) }),
    stack.tool({ ...read, name: 'samples_by_hand', handler: (_, { sdk }) => asking(sdk).requestSampling(sample) }),
    stack.tool({ ...read, name: 'sends_by_hand', handler: (_, { sdk }) => asking(sdk).send({ method: 'roots/list' }) }),
    made('nothing', () => undefined),
    made('null', () => null),
    made('number', () => 7),
    made('list', () => [1, 'two', { three: 3 }]),
    made('unicode', () => 'é\u2028\u2029\ud800 \u0000 "quoted" \\ 😀'),
    made('throws', () => {
      throw new Error('password=hunter2');
    }),
    made('throws_text', () => {
      throw 'password=hunter2';
    }),
    made('refuses', () => {
      throw new ToolError('RATE_LIMITED', '3 calls per minute reached.', { retryAfterMs: 1, details: { plan: 'é' } });
    }),
    made('elicits', () => {
      throw Object.assign(new Error('Open a page.'), { code: -32042, data: { elicitations: [] } });
    }),
    made('asks', () => ({
      resultType: 'input_required',
      inputRequests: { name: { method: 'elicitation/create', params: { message: 'Who?', requestedSchema: {} } } },
    })),
    made('asks_nothing', () => ({ resultType: 'input_required' })),
    made('empty', () => reply({ content: [] })),
    made('texts', () => reply({ content: [...text, { text: 'again', type: 'text' }], isError: false })),
    made('error', () => reply({ content: text, isError: true, structuredContent: { code: 1 } })),
    made('structured', () =>
      reply({ structuredContent: { b: 1, a: [null, { c: undefined }], 1: 'x' }, content: text }),
    ),
    made('structured_list', () => reply({ structuredContent: [1, 2], content: [] })),
    made('structured_null', () => reply({ structuredContent: null, content: text })),
    made('structured_date', () => reply({ structuredContent: { at: new Date(0), n: Number.NaN }, content: text })),
    made('structured_class', () => reply({ structuredContent: new (class Odd {})(), content: text })),
    made('structured_to_json', () => reply({ structuredContent: { toJSON: () => ({ x: 1 }) }, content: text })),
    made('structured_proto', () => reply({ structuredContent: JSON.parse('{"__proto__":1,"a":2}'), content: text })),
    made('meta_own', () => reply({ content: text, _meta: { 'dev.sallyport/note': { a: 1 } } })),
    made('meta_empty', () => reply({ content: text, _meta: {} })),
    made('meta_foreign', () => reply({ content: text, _meta: { 'example.com/x': 1, progressToken: 5 } })),
    made('meta_server', () => reply({ content: text, _meta: { 'io.modelcontextprotocol/serverInfo': { name: 1 } } })),
    made('further', () => reply({ content: text, nextCursor: 'x', resultType: 'complete' })),
    made('further_undefined', () => reply({ content: text, isError: undefined, more: undefined } as never)),
    made('image', () => reply({ content: [{ type: 'image', data: 'aGk=', mimeType: 'image/png' }] })),
    made('annotated', () => reply({ content: [{ type: 'text', text: 'x', annotations: { priority: 1 } }] })),
    made('block_meta', () => reply({ content: [{ type: 'text', text: 'x', _meta: { a: 1 } }] })),
    made('linked', () => reply({ content: [{ type: 'resource_link', uri: 'a:b', name: 'b' }] })),
    made('bad_block', () => reply({ content: [{ type: 'text' }] })),
    made('bad_text', () => reply({ content: [{ type: 'text', text: 5 }] as never })),
    made('unknown_block', () => reply({ content: [{ type: 'smell', strength: 1 }] })),
    made('bad_error', () => reply({ content: text, isError: 'yes' as never })),
    stack.tool({
      ...read,
      name: 'headers',
      input: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }),
      handler: ({ region }) => region,
    }),
  ];
  return { tools, held };
}
