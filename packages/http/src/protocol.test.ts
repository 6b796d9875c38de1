import { inputRequired, type ServerContext } from '@modelcontextprotocol/server';
import { hardened } from '@sallyport/core';
import { memorySpentStates, requestStates } from '@sallyport/mcp-server';
import { FakeClock } from '@sallyport/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { askingServer } from '../test-rig/asking-server.js';
import { legacyClient, modernClient } from '../test-rig/connect.js';
import { call, modernCall, post } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';

afterEach(stopAll);

const version = '2026-07-28';
const envelope = {
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
};

/** Any request of 2026-07-28, with the headers it demands. */
async function ask(
  url: string,
  token: string,
  method: string,
  params: Record<string, unknown> = {},
  meta: object = {},
) {
  const name = params.name ?? params.uri;
  const body = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: { ...envelope, ...meta } } };
  const answer = await post(url, body, token, {
    'MCP-Protocol-Version': version,
    'Mcp-Method': method,
    ...(typeof name === 'string' ? { 'Mcp-Name': name } : {}),
  });
  const text = await answer.text();
  const json = JSON.parse(text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? 'null')) as {
    result?: Record<string, unknown>;
    error?: { code: number };
  };
  return { status: answer.status, text, ...json };
}

const scopes = ['mcp:tools:read', 'mcp:resources:read'];

/** Another letter of base64url: the last one of a text may carry bits that mean nothing, so both decode to the same bytes. */
function after(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(letter) + 1] ?? 'A';
}

describe.each([
  ['tools/list', 'tools', 'name'],
  ['resources/list', 'resources', 'uri'],
  ['prompts/list', 'prompts', 'name'],
])('%s', (method, field, key) => {
  it('comes in pages, each item once and in order, to clients of both generations (pagination)', async () => {
    const { host } = await start({ content: askingServer().factory, pageSize: 2 });
    const token = await issuer.mint({ scopes });
    const names: unknown[] = [];
    let cursor: unknown;
    let pages = 0;
    do {
      const { result } = await ask(host.url, token, method, cursor === undefined ? {} : { cursor });
      const items = (result?.[field] ?? []) as Record<string, unknown>[];
      names.push(...items.map((item) => item[key]));
      cursor = result?.nextCursor;
      pages++;
    } while (cursor !== undefined);
    expect([names.length, new Set(names).size, pages]).toEqual([5, 5, 3]);
    const { client } = await legacyClient(host.url, token);
    const first = await (method === 'tools/list'
      ? client.listTools()
      : method === 'prompts/list'
        ? client.listPrompts()
        : client.listResources());
    expect(first.nextCursor).toMatch(/^[\w-]+\.[\w-]+$/);
    await client.close();
  });

  it('answers −32602 to a cursor that it did not make', async () => {
    const { host } = await start({ content: askingServer().factory, pageSize: 2 });
    const token = await issuer.mint({ scopes });
    const { result } = await ask(host.url, token, method);
    const made = String(result?.nextCursor);
    const other = method === 'tools/list' ? 'prompts/list' : 'tools/list';
    expect(await ask(host.url, token, other, { cursor: made })).toMatchObject({ error: { code: -32602 } });
    const tampered = `${Buffer.from(JSON.stringify([method, 'ask'])).toString('base64url')}.${made.split('.')[1]}`;
    const [body, tag] = made.split('.');
    const respelled = ['=', '==', '\n', '\0', ' ', '!', '\u00e9'].flatMap((more) => [
      `${made}${more}`,
      `${more}${made}`,
      `${body}${more}.${tag}`,
      `${body}.${more}${tag}`,
    ]);
    const stray = `${made.slice(0, -1)}${after(made.slice(-1))}`;
    for (const cursor of ['', '2', 'x.y', tampered, `${made}x`, `${made}.`, made.toUpperCase(), stray, ...respelled]) {
      expect(await ask(host.url, token, method, { cursor })).toMatchObject({ error: { code: -32602 } });
    }
  });

  it('is never for shared caches where callers are told apart, whatever the server hints (caching)', async () => {
    const { factory } = askingServer();
    const { host } = await start({ content: factory });
    const { result } = await ask(host.url, await issuer.mint({ scopes }), method);
    expect(result).toMatchObject({ cacheScope: 'private', ttlMs: 60_000 });
    const { host: open } = await start({ content: factory, open: true });
    expect((await ask(open.url, '', method)).result).toMatchObject({ cacheScope: 'public' });
    const { client } = await legacyClient(host.url, await issuer.mint({ scopes }));
    expect(JSON.stringify(await client.listTools())).not.toContain('cacheScope');
    await client.close();
  });
});

describe('progress', () => {
  it.each(['1.x', '2.x'])('only grows, also what a handler sends past us, to the client %s', async (generation) => {
    const { host } = await start({ content: askingServer().factory, sessions: 'memory' });
    const token = await issuer.mint();
    const seen: number[] = [];
    const onprogress = ({ progress }: { progress: number }) => seen.push(progress);
    const args = { name: 'backwards', arguments: {} };
    if (generation === '1.x') {
      const { client } = await legacyClient(host.url, token);
      await client.callTool(args, undefined, { onprogress });
      await client.close();
    } else {
      const client = await modernClient(host.url, token);
      await client.callTool(args, { onprogress });
      await client.close();
    }
    expect(seen).toEqual([5, 7]);
  });
});

describe('trace context', () => {
  const good = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const stack = hardened({ singleTenant: 'a' });
  const content = [
    stack.tool({
      name: 'trace',
      description: 'Says what trace it is in.',
      access: 'read',
      input: z.object({}),
      handler: (_, { meta, sdk }) => {
        const headers = (sdk as ServerContext).http?.req?.headers;
        return [meta.traceparent, meta.tracestate, meta.baggage, headers?.get('traceparent')].map(String).join('|');
      },
    }),
  ];

  it.each([
    [
      'whole',
      { traceparent: good, tracestate: 'a=1,b@c=2', baggage: 'user=1;p, k=v%20' },
      /^.{55}\|a=1,b@c=2\|user=1;p, k=v%20\|/,
    ],
    ['a malformed traceparent', { traceparent: 'evil\nline', tracestate: 'a=1' }, /^undefined\|undefined\|/],
    ['a zero trace', { traceparent: `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01` }, /^undefined\|/],
    ['version ff', { traceparent: good.replace(/^00/, 'ff') }, /^undefined\|/],
    ['tracestate alone', { tracestate: 'a=1' }, /^undefined\|undefined\|/],
    ['a malformed tracestate', { traceparent: good, tracestate: 'A=1' }, /^.{55}\|undefined\|/],
    ['a repeated tracestate key', { traceparent: good, tracestate: 'a=1,a=2' }, /^.{55}\|undefined\|/],
    ['a malformed baggage', { baggage: 'no value' }, /^undefined\|undefined\|undefined\|/],
    ['what is no text', { traceparent: 7, baggage: {} }, /^undefined\|undefined\|undefined\|/],
  ])('%s: only what is well-formed reaches a handler (W3C Trace Context)', async (_, meta, expected) => {
    const { host } = await start({ content, open: true });
    const { result, status } = await ask(host.url, '', 'tools/call', { name: 'trace', arguments: {} }, meta);
    expect(status).toBe(200);
    const blocks = (result?.content ?? []) as { text: string }[];
    expect(blocks[0]?.text).toMatch(expected);
  });

  it('in HTTP headers is held to the same form', async () => {
    const { host } = await start({ content, open: true });
    const text = async (traceparent: string) =>
      (await post(host.url, call('trace'), undefined, { traceparent })).text();
    expect(await text(good)).toContain(`|${good}`);
    expect(await text('00-nonsense')).toContain('|null');
  });
});

describe('subscriptions', () => {
  const listen = {
    headers: { 'MCP-Protocol-Version': version, 'Mcp-Method': 'subscriptions/listen' },
    body: {
      jsonrpc: '2.0',
      id: 'sub',
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true }, _meta: envelope },
    },
  };

  it('are capped for each caller; one that ends makes room', async () => {
    const { host } = await start({ content: askingServer().factory, maxSubscriptions: 2 });
    const token = await issuer.mint({ subject: 'a' });
    const open = (who: string, signal?: AbortSignal) =>
      fetch(host.url, {
        method: 'POST',
        body: JSON.stringify(listen.body),
        headers: { ...listen.headers, 'Content-Type': 'application/json', Authorization: `Bearer ${who}` },
        ...(signal === undefined ? {} : { signal }),
      });
    const client = new AbortController();
    const [first] = [await open(token, client.signal), await open(token)];
    const refusal = await open(token);
    expect([refusal.status, await refusal.json()]).toMatchObject([
      429,
      { id: 'sub', error: { data: { code: 'RATE_LIMITED' } } },
    ]);
    expect((await open(await issuer.mint({ subject: 'b' }))).status).toBe(200);
    client.abort();
    await first?.text().catch(() => {});
    await expect.poll(async () => (await open(token)).status).toBe(200);
  });

  it('end with the token that opened them', async () => {
    const clock = new FakeClock();
    const { host } = await start({ content: askingServer().factory, clock });
    const token = await issuer.mint({ expiresInSeconds: 60 });
    const answer = await post(host.url, listen.body, token, listen.headers);
    await clock.advance(61_000);
    const ended = answer.text().then(
      () => 'ended',
      () => 'cut off',
    );
    expect(['ended', 'cut off']).toContain(await ended);
  });

  it('get what they asked for, and nothing else (subscriptions, filter)', async () => {
    const { host } = await start({ content: askingServer().factory });
    const answer = await post(host.url, listen.body, await issuer.mint(), listen.headers);
    host.changes.promptsChanged();
    host.changes.resourceUpdated('test://r/1');
    host.changes.toolsChanged();
    const [text] = await Promise.all([answer.text(), host.close()]);
    expect(text).toContain('notifications/tools/list_changed');
    expect(text).not.toMatch(/prompts\/list_changed|resources\/updated/);
  });
});

describe('a stateless call of the 2025 era', () => {
  const cancel = (requestId: unknown) => ({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });

  it.each<[string, object]>([
    ['our path', {}],
    ["the SDK's path", { progressToken: 'p' }],
  ])(
    'is cancelled by the notification of its own principal, under its very id, in another request: on %s',
    async (_, _meta) => {
      const { host, waiting } = await start();
      const token = await issuer.mint({ subject: 'a' });
      const params = { name: 'wait', arguments: {}, _meta };
      const running = post(host.url, { jsonrpc: '2.0', id: 7, method: 'tools/call', params }, token);
      await waiting.begun.promise;
      for (const [who, id] of [
        ['b', 7],
        ['a', 8],
        ['a', '7'],
        ['a', undefined],
      ] as const) {
        expect((await post(host.url, cancel(id), await issuer.mint({ subject: who }))).status).toBe(202);
      }
      expect((await post(host.url, cancel(7), token)).status).toBe(202);
      expect(await waiting.aborted.promise).toMatchObject({ code: 'CANCELLED' });
      expect(await (await running).text()).toContain('CANCELLED');
    },
  );

  it('is left alone when another of that id runs for the same principal: ids repeat between its clients', async () => {
    const { host, waiting, runs } = await start();
    const token = await issuer.mint();
    const both = [post(host.url, call('wait', {}, 7), token), post(host.url, call('wait', {}, 7), token)];
    await waiting.begun.promise;
    await expect.poll(() => waiting.count()).toBe(2);
    expect((await post(host.url, cancel(7), token)).status).toBe(202);
    waiting.release.resolve();
    for (const answer of await Promise.all(both)) expect(await answer.text()).toContain('waited');
    expect(runs).toEqual(['wait finished', 'wait finished']);
  });
});

describe('arguments with a member named __proto__', () => {
  it.each<[string, object, string | undefined]>([
    ['on our path', {}, undefined],
    ["on the SDK's path", { progressToken: 'p' }, undefined],
    ['in a session', {}, 'memory'],
  ])('are INVALID_INPUT and run nothing, %s; deeper ones as well', async (_, _meta, sessions) => {
    const { host, runs } = await start(sessions === undefined ? {} : { sessions: 'memory' });
    const token = await issuer.mint();
    const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    const begun = await post(host.url, { jsonrpc: '2.0', id: 0, method: 'initialize', params: initialize }, token);
    await begun.text();
    const id = begun.headers.get('mcp-session-id');
    for (const polluted of ['{"__proto__":{"text":"x"},"text":"x"}', '{"text":"x","a":[{"__proto__":1}]}']) {
      const params = { name: 'echo', arguments: JSON.parse(polluted), _meta };
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
      const answer = await post(host.url, body, token, id === null ? {} : { 'Mcp-Session-Id': id });
      const text = await answer.text();
      expect(text).toContain('INVALID_INPUT');
      expect(text).toContain('"id":1');
    }
    expect(runs).toEqual([]);
  });
});

describe('headers of 2026-07-28 on our path', () => {
  const input = z.object({
    region: z.string().meta({ 'x-mcp-header': 'Region' }),
    n: z.int().meta({ 'x-mcp-header': 'N' }).optional(),
  });
  const tool = { name: 'by_region', description: 'x', access: 'read', input, handler: () => 'ran' } as const;
  const content = [hardened({ singleTenant: 'a' }).tool(tool)];

  it.each([
    ['all agree', {}, 200],
    ['no version', { 'MCP-Protocol-Version': undefined }, 400],
    ['another version', { 'MCP-Protocol-Version': '2025-11-25' }, 400],
    ['no method', { 'Mcp-Method': undefined }, 400],
    ['another method', { 'Mcp-Method': 'tools/list' }, 400],
    ['a method in another case', { 'Mcp-Method': 'Tools/Call' }, 400],
    ['no name', { 'Mcp-Name': undefined }, 400],
    ['another name', { 'Mcp-Name': 'other' }, 400],
    ['the name in base64', { 'Mcp-Name': `=?base64?${btoa('by_region')}?=` }, 200],
    ['no parameter', { 'Mcp-Param-Region': undefined }, 400],
    ['another parameter', { 'Mcp-Param-Region': 'us' }, 400],
    ['the number written in another way', { 'Mcp-Param-N': '7.0' }, 200],
    ['another number', { 'Mcp-Param-N': '8' }, 400],
    ['the parameter in base64', { 'Mcp-Param-Region': `=?base64?${btoa('eu')}?=` }, 200],
    ['another parameter in base64', { 'Mcp-Param-Region': `=?base64?${btoa('us')}?=` }, 400],
    ['a parameter in broken base64', { 'Mcp-Param-Region': '=?base64?%%%?=' }, 400],
    ['a parameter with a character that is none of a header', { 'Mcp-Param-Region': 'e\u00fc' }, 400],
    ['a parameter in another case', { 'Mcp-Param-Region': 'EU' }, 400],
    ['a number that is none', { 'Mcp-Param-N': 'seven' }, 400],
    ['no number', { 'Mcp-Param-N': undefined }, 400],
    ['a parameter that the tool does not have', { 'Mcp-Param-Other': 'x' }, 200],
  ])('%s', async (_, change, status) => {
    const { host, events } = await start({ content, open: true });
    const { body, headers } = modernCall('by_region', { region: 'eu', n: 7 });
    const all = { ...headers, 'Mcp-Param-Region': 'eu', 'Mcp-Param-N': '7', ...change };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >;
    const answer = await post(host.url, body, undefined, sent);
    expect(answer.status, JSON.stringify(events)).toBe(status);
    if (status === 400) expect(await answer.json()).toMatchObject({ id: 1, error: { code: -32020 } });
  });
});

it('no header is expected for an argument that is left out', async () => {
  const input = z.object({ region: z.string(), n: z.int().meta({ 'x-mcp-header': 'N' }).optional() });
  const tool = { name: 'by_n', description: 'x', access: 'read', input, handler: () => 'ran' } as const;
  const { host } = await start({ content: [hardened({ singleTenant: 'a' }).tool(tool)], open: true });
  const { body, headers } = modernCall('by_n', { region: 'eu' });
  expect((await post(host.url, body, undefined, headers)).status).toBe(200);
});

describe('tools/call that names no tool', () => {
  it.each([{ name: 'nothing' }, {}, { name: 7 }, { name: null }])(
    '%j is a protocol error on both eras',
    async (params) => {
      const { host } = await start({ open: true });
      const old = await post(host.url, { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
      expect(await old.text()).toMatch(/"code":-32602/);
      const headers = { 'MCP-Protocol-Version': version, 'Mcp-Method': 'tools/call', 'Mcp-Name': String(params.name) };
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { ...params, _meta: envelope } };
      expect(await (await post(host.url, body, undefined, headers)).text()).toMatch(/"code":-32(602|020)/);
    },
  );
});

describe('a request state', () => {
  const key = crypto.getRandomValues(new Uint8Array(32));

  function flow(now: () => number = Date.now) {
    const states = requestStates<{ step: number }>([key], memorySpentStates(now), { now });
    const stack = hardened({ report: () => {} });
    const tool = (name: string) =>
      stack.tool({
        name,
        description: 'Asks once.',
        access: 'read',
        input: z.object({ amount: z.number().optional() }),
        handler: async (_, holder) => {
          const state = await states.read(holder);
          if (state !== undefined) return `step ${state.step}`;
          return inputRequired({ requestState: await states.seal({ step: 1 }, holder) });
        },
      });
    return { content: [tool('pay'), tool('refund')], requestStates: states };
  }
  const pay = (amount: number, requestState?: string) => ({
    name: 'pay',
    arguments: { amount },
    ...(requestState === undefined ? {} : { requestState }),
  });
  const begun = async (url: string, token: string) =>
    String((await ask(url, token, 'tools/call', pay(5))).result?.requestState);

  it('comes back to the call it was made in, once', async () => {
    const { host } = await start(flow());
    const token = await issuer.mint();
    const state = await begun(host.url, token);
    expect((await ask(host.url, await issuer.mint(), 'tools/call', pay(5, state))).text).toContain('step 1');
    expect((await ask(host.url, token, 'tools/call', pay(5, state))).text).toMatch(/INVALID_INPUT.*used before/);
  });

  it('is −32602 for another principal, another tool, other arguments, and when it was touched', async () => {
    const { host } = await start(flow());
    const token = await issuer.mint();
    const state = await begun(host.url, token);
    const invalid = { error: { code: -32602 } };
    for (const other of [{ subject: 'b' }, { tenant: 'b' }]) {
      expect(await ask(host.url, await issuer.mint(other), 'tools/call', pay(5, state))).toMatchObject(invalid);
    }
    expect(await ask(host.url, token, 'tools/call', pay(6, state))).toMatchObject(invalid);
    expect(await ask(host.url, token, 'tools/call', { ...pay(5, state), name: 'refund' })).toMatchObject(invalid);
    const flipped = `${state.slice(0, -3)}${state.at(-3) === 'A' ? 'B' : 'A'}${state.slice(-2)}`;
    const respelled = ['=', '\n', '\0', ' ', '!'].map((more) => `${state}${more}`);
    for (const made of [flipped, state.slice(0, -4), 'x', '', 'sp1.', 'sp1.AAAA', `v1${state}`, ...respelled]) {
      expect(await ask(host.url, token, 'tools/call', pay(5, made))).toMatchObject(invalid);
    }
    expect((await ask(host.url, token, 'tools/call', pay(5, state))).text).toContain('step 1');
  });

  it('is −32602 at another version, although tool and arguments are the same there; /mcp is the newest', async () => {
    const { content, requestStates } = flow();
    const { host, origin } = await start({ content: { v1: content, v10: content }, requestStates });
    const token = await issuer.mint();
    for (const [made, other] of [
      ['/v10/mcp', '/v1/mcp'],
      ['/mcp', '/v1/mcp'],
      ['/v1/mcp', '/mcp'],
      ['/v1/mcp', '/v10/mcp'],
    ]) {
      const state = await begun(`${origin}${made}`, token);
      const elsewhere = await ask(`${origin}${other}`, token, 'tools/call', pay(5, state));
      expect(elsewhere).toMatchObject({ error: { code: -32602 } });
      expect((await ask(`${origin}${made}`, token, 'tools/call', pay(5, state))).text).toContain('step 1');
    }
    const newest = await begun(host.url, token);
    expect((await ask(`${origin}/v10/mcp`, token, 'tools/call', pay(5, newest))).text).toContain('step 1');
  });

  it('expires after its time', async () => {
    let now = 1_000_000;
    const { host } = await start(flow(() => now));
    const token = await issuer.mint();
    const state = await begun(host.url, token);
    now += 10 * 60_000;
    expect(await ask(host.url, token, 'tools/call', pay(5, state))).toMatchObject({ error: { code: -32602 } });
  });

  it('shows nothing of what is in it', async () => {
    const { host } = await start(flow());
    const state = await begun(host.url, await issuer.mint());
    expect(Buffer.from(state.slice(4), 'base64url').toString('latin1')).not.toMatch(/step|payload|digest/);
  });

  it('opens under a key that has been replaced, and needs keys of 32 bytes', async () => {
    const other = crypto.getRandomValues(new Uint8Array(32));
    const spent = memorySpentStates();
    expect(() => requestStates([], spent)).toThrow(RangeError);
    expect(() => requestStates([other.subarray(1)], spent)).toThrow(RangeError);
    const { content } = flow();
    const { host } = await start({ content, requestStates: requestStates([other, key], spent) });
    const token = await issuer.mint();
    expect((await ask(host.url, token, 'tools/call', pay(5, await begun(host.url, token)))).text).toContain('step 1');
  });
});
