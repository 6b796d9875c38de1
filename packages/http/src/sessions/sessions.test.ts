import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { errorMetaKey } from '@sallyport/core';
import { FakeClock } from '@sallyport/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { askingServer } from '../../test-rig/asking-server.js';
import { legacyClient, modernClient } from '../../test-rig/connect.js';
import { deferred } from '../../test-rig/deferred.js';
import { call, post } from '../../test-rig/messages.js';
import { issuer, start, stopAll } from '../../test-rig/start.js';
import { memorySessions, type ServeOptions } from '../index.js';

afterEach(stopAll);

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
};
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const idOf = (answer: Response) => answer.headers.get('mcp-session-id') ?? '';

function sessions(options: Partial<ServeOptions> = {}, rig = {}) {
  const { factory, waiting } = askingServer(rig);
  return start({ content: factory, sessions: 'memory', ...options }).then((started) => ({ ...started, waiting }));
}

async function opened(url: string, token: string): Promise<string> {
  const answer = await post(url, initialize, token);
  expect(answer.status).toBe(200);
  await answer.text();
  return idOf(answer);
}

const inSession = (url: string, token: string, id: string, body: unknown = ping) =>
  post(url, body, token, { 'Mcp-Session-Id': id });

function end(url: string, token: string, id?: string) {
  const headers = { Authorization: `Bearer ${token}`, ...(id === undefined ? {} : { 'Mcp-Session-Id': id }) };
  return fetch(url, { method: 'DELETE', headers });
}

function stream(url: string, token: string, id: string, signal?: AbortSignal) {
  const headers = { Accept: 'text/event-stream', Authorization: `Bearer ${token}`, 'Mcp-Session-Id': id };
  return fetch(url, { headers, ...(signal === undefined ? {} : { signal }) });
}

describe('a 1.x client in a session', () => {
  const capabilities = { elicitation: {} };

  it.each(['ask', 'ask_either_way'])('is asked while %s runs, and its answer reaches that call', async (name) => {
    const { host } = await sessions();
    const { client } = await legacyClient(host.url, await issuer.mint(), {
      capabilities,
      prepare: (it) =>
        it.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada' } })),
    });
    const result = await client.callTool({ name, arguments: {} });
    expect(JSON.stringify(result.content)).toContain('Ada');
    await client.close();
  });

  it('cancels a call by its notification, which reaches the call (2025-11-25, cancellation)', async () => {
    const { host, waiting } = await sessions();
    const { client } = await legacyClient(host.url, await issuer.mint());
    const cancel = new AbortController();
    const running = client.callTool({ name: 'wait', arguments: {} }, undefined, { signal: cancel.signal });
    await waiting.begun.promise;
    cancel.abort('enough');
    await expect(running).rejects.toThrow();
    await waiting.aborted.promise;
    await client.close();
  });

  it('is told that lists changed, on its own stream', async () => {
    const { host } = await sessions();
    const token = await issuer.mint();
    const id = await opened(host.url, token);
    const answer = await stream(host.url, token, id);
    host.changes.toolsChanged();
    const reader = answer.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(new TextDecoder().decode(value)).toContain('notifications/tools/list_changed');
    await reader?.cancel();
  });

  it('may not give a request an id whose request still runs: the second is refused at once, the first gets its answer', async () => {
    const { host, waiting } = await sessions();
    const token = await issuer.mint();
    const id = await opened(host.url, token);
    const wait = inSession(host.url, token, id, call('wait', {}, 9));
    await waiting.begun.promise;
    const second = await inSession(host.url, token, id, call('ask_either_way', {}, 9));
    expect(second.status).toBe(400);
    expect(await second.json()).toMatchObject({ id: 9, error: { code: -32600, data: { reason: 'id_in_use' } } });
    // A text is another id, and notifications have none.
    expect(await (await inSession(host.url, token, id, { ...ping, id: '9' })).text()).toContain('"id":"9"');
    waiting.aborted.resolve(undefined);
    expect(await (await wait).text()).toMatch(/"aborted".*"id":9|"id":9.*"aborted"/);
    expect(await (await inSession(host.url, token, id, { ...ping, id: 9 })).text()).toContain('"id":9');
    expect(await host.close()).toEqual({ cutOff: 0 });
  });

  it('may give the id of a request that it cancelled to another', async () => {
    const { host, waiting } = await sessions();
    const token = await issuer.mint();
    const id = await opened(host.url, token);
    const wait = inSession(host.url, token, id, call('wait', {}, 9)).then((answer) => answer.text());
    await waiting.begun.promise;
    const params = { requestId: 9 };
    await inSession(host.url, token, id, { jsonrpc: '2.0', method: 'notifications/cancelled', params });
    await wait;
    expect(await (await inSession(host.url, token, id, { ...ping, id: 9 })).text()).toContain('"id":9');
  });

  it('ends its session, whose id is 404 from then on', async () => {
    const { host } = await sessions();
    const token = await issuer.mint();
    const { client, transport } = await legacyClient(host.url, token);
    const id = transport.sessionId ?? '';
    await transport.terminateSession();
    await client.close();
    for (const answer of [await inSession(host.url, token, id), await end(host.url, token, id)]) {
      expect(answer.status).toBe(404);
    }
    expect((await stream(host.url, token, id)).status).toBe(404);
  });
});

describe('what runs when its session ends', () => {
  const scopes = ['mcp:tools:read', 'mcp:tools:write', 'mcp:resources:read'];
  const slowly = (options: Partial<ServeOptions> = {}) => sessions(options, { slow: true });
  const clientOf = {
    '1.x': legacyClient,
    '2.x': async (url: string, token: string) => {
      const client = new ModernClient({ name: 'x', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
      const transport = new ModernTransport(new URL(url), {
        requestInit: { headers: { Authorization: `Bearer ${token}` } },
      });
      await client.connect(transport);
      return { client, transport };
    },
  };
  it.each(['1.x', '2.x'] as const)(
    'is aborted, and a %s client is told so before its stream is closed',
    async (sdk) => {
      const { host, waiting } = await slowly();
      const { client, transport } = await clientOf[sdk](host.url, await issuer.mint({ scopes }));
      const wait = client.callTool({ name: 'wait', arguments: {} });
      await waiting.begun.promise;
      await transport.terminateSession();
      expect(await wait).toMatchObject({
        isError: true,
        _meta: { [errorMetaKey]: { code: 'CANCELLED', retryable: true } },
      });
      await waiting.aborted.promise;
      await client.close();
    },
  );

  it.each(['1.x', '2.x'] as const)('is told so to a %s client that reads a resource', async (sdk) => {
    const { host, waiting } = await slowly();
    const { client, transport } = await clientOf[sdk](host.url, await issuer.mint({ scopes }));
    const read = client.readResource({ uri: 'test://slow' }).catch((error: unknown) => error);
    await waiting.begun.promise;
    await transport.terminateSession();
    expect(await read).toMatchObject({ data: { code: 'CANCELLED' } });
    await client.close();
  });

  it('is aborted also where it waits for its client', async () => {
    const { host } = await slowly();
    const asked = deferred();
    const token = await issuer.mint({ scopes });
    const { client, transport } = await legacyClient(host.url, token, {
      capabilities: { elicitation: {} },
      prepare: (it) =>
        it.setRequestHandler(ElicitRequestSchema, () => {
          asked.resolve();
          return new Promise(() => {});
        }),
    });
    const ask = client.callTool({ name: 'ask', arguments: {} });
    await asked.promise;
    await transport.terminateSession();
    expect(await ask).toMatchObject({ isError: true, _meta: { [errorMetaKey]: { code: 'CANCELLED' } } });
    await client.close();
  });

  it('is finished where it is past the point of no return, and answers on its stream; the session is over all the same', async () => {
    const { host, waiting } = await slowly({ sessionBounds: { maxPerOwner: 1 } });
    const token = await issuer.mint({ scopes });
    const id = await opened(host.url, token);
    const standing = await stream(host.url, token, id);
    const pay = inSession(host.url, token, id, call('pay', {}, 9)).then((answer) => answer.text());
    await waiting.begun.promise;
    expect((await end(host.url, token, id)).status).toBe(200);
    expect(await standing.text()).toBe('');
    expect((await inSession(host.url, token, id)).status).toBe(404);
    await opened(host.url, token);
    waiting.release.resolve();
    expect(await pay).toContain('"text":"paid"');
  });

  it('is given up after 5 s where nothing can abort it, with a typed error', async () => {
    const clock = new FakeClock();
    const { host, waiting } = await slowly({ clock });
    const token = await issuer.mint({ scopes });
    const id = await opened(host.url, token);
    const slow = inSession(host.url, token, id, { jsonrpc: '2.0', id: 9, method: 'x/slow', params: {} });
    await waiting.begun.promise;
    await end(host.url, token, id);
    await clock.advance(5_000);
    const text = await (await slow).text();
    expect(text).toContain('"id":9');
    expect(text).toContain('"code":"CANCELLED"');
  });

  it('does not keep its server from closing', async () => {
    const { host, waiting } = await slowly({ drain: { graceMs: 50, lingerMs: 0 } } as never);
    const token = await issuer.mint({ scopes });
    const id = await opened(host.url, token);
    const slow = inSession(host.url, token, id, { jsonrpc: '2.0', id: 9, method: 'x/slow', params: {} }).then(
      (answer) => answer.text(),
    );
    await waiting.begun.promise;
    await end(host.url, token, id);
    await host.close();
    await slow.catch(() => {});
  });

  it('gets no company: a message that its store lets in while the session is ended is 404', async () => {
    const kept = memorySessions();
    const touching = deferred();
    const touched = deferred();
    let slow = false;
    const store: typeof kept = {
      ...kept,
      async touch(session) {
        const known = await kept.touch(session);
        if (slow) {
          slow = false;
          touching.resolve();
          await touched.promise;
        }
        return known;
      },
    };
    const { host, waiting } = await slowly({ sessions: store });
    const token = await issuer.mint({ scopes });
    const id = await opened(host.url, token);
    const pay = inSession(host.url, token, id, call('pay', {}, 9)).then((answer) => answer.text());
    await waiting.begun.promise;
    slow = true;
    const late = inSession(host.url, token, id);
    await touching.promise;
    await end(host.url, token, id);
    touched.resolve();
    expect((await late).status).toBe(404);
    waiting.release.resolve();
    await pay;
  });
});

describe('a session', () => {
  it('belongs to its principal: for another subject, tenant or nobody its id opens nothing', async () => {
    const { host } = await sessions();
    const owner = await issuer.mint({ subject: 'a', tenant: 't' });
    const id = await opened(host.url, owner);
    for (const other of [
      { subject: 'b', tenant: 't' },
      { subject: 'a', tenant: 'u' },
    ]) {
      const token = await issuer.mint(other);
      expect((await inSession(host.url, token, id)).status).toBe(404);
      expect((await stream(host.url, token, id)).status).toBe(404);
      expect((await end(host.url, token, id)).status).toBe(404);
    }
    expect((await post(host.url, ping, undefined, { 'Mcp-Session-Id': id })).status).toBe(401);
    expect((await end(host.url, 'none', id)).status).toBe(401);
    // A new token of the same agent is the same principal.
    expect((await inSession(host.url, await issuer.mint({ subject: 'a', tenant: 't' }), id)).status).toBe(200);
  });

  it('is needed: a message without its id is 400, and so is a stream', async () => {
    const { host } = await sessions();
    const token = await issuer.mint();
    expect((await post(host.url, call('wait'), token)).status).toBe(400);
    expect((await end(host.url, token)).status).toBe(400);
    for (const id of ['', 'x', '__proto__', crypto.randomUUID()]) {
      expect((await inSession(host.url, token, id)).status).toBe(404);
    }
  });

  it('has an id that nobody can guess, another one each time', async () => {
    const { host } = await sessions();
    const token = await issuer.mint();
    const ids = await Promise.all(Array.from({ length: 5 }, () => opened(host.url, token)));
    expect(new Set(ids).size).toBe(5);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('ends when it is idle for its time, and not while it is used', async () => {
    const clock = new FakeClock();
    const { host } = await sessions({ clock, sessionBounds: { idleMs: 1_000 } });
    const token = await issuer.mint();
    const id = await opened(host.url, token);
    for (let i = 0; i < 5; i++) {
      await clock.advance(900);
      expect((await inSession(host.url, token, id)).status).toBe(200);
    }
    await clock.advance(1_000);
    expect((await inSession(host.url, token, id)).status).toBe(404);
  });

  it('does not end while its stream is open, and counts as long', async () => {
    const clock = new FakeClock();
    const { host } = await sessions({ clock, sessionBounds: { idleMs: 1_000, maxPerOwner: 1 } });
    const token = await issuer.mint({ expiresInSeconds: 3_600 });
    const id = await opened(host.url, token);
    await stream(host.url, token, id);
    await clock.advance(10_000);
    expect((await post(host.url, initialize, token)).status).toBe(429);
    expect((await inSession(host.url, token, id)).status).toBe(200);
  });

  it('has one stream; the next is 409, and once it is let go another may come', async () => {
    const { host } = await sessions();
    const token = await issuer.mint();
    const id = await opened(host.url, token);
    const client = new AbortController();
    expect((await stream(host.url, token, id, client.signal)).status).toBe(200);
    expect((await stream(host.url, token, id)).status).toBe(409);
    client.abort();
    await expect.poll(async () => (await stream(host.url, token, id)).status).toBe(200);
  });

  it("has a stream that ends with its token, and goes on with the next one's", async () => {
    const clock = new FakeClock();
    const { host } = await sessions({ clock });
    const token = await issuer.mint({ expiresInSeconds: 60 });
    const id = await opened(host.url, token);
    const answer = await stream(host.url, token, id);
    await clock.advance(61_000);
    expect(await answer.text()).toBe('');
    expect((await stream(host.url, await issuer.mint(), id)).status).toBe(200);
  });

  it('is not looked for by 2026-07-28, which has none', async () => {
    const { host } = await sessions();
    const client = await modernClient(host.url, await issuer.mint());
    expect((await client.listTools()).tools.length).toBe(5);
    await client.close();
  });

  it('does not outlive its server', async () => {
    const { host } = await sessions();
    const token = await issuer.mint();
    const answer = await stream(host.url, token, await opened(host.url, token));
    const [text] = await Promise.all([answer.text(), host.close()]);
    expect(text).toBe('');
  });
});

describe('the number of sessions', () => {
  it('is bounded per principal: the longest idle one of its own makes room', async () => {
    const clock = new FakeClock();
    const { host } = await sessions({ clock, sessionBounds: { maxPerOwner: 2 } });
    const token = await issuer.mint({ subject: 'a' });
    const other = await issuer.mint({ subject: 'b' });
    const others = await opened(host.url, other);
    const first = await opened(host.url, token);
    await clock.advance(1);
    const second = await opened(host.url, token);
    await clock.advance(1);
    expect((await inSession(host.url, token, first)).status).toBe(200);
    await clock.advance(1);
    const third = await opened(host.url, token);
    expect((await inSession(host.url, token, second)).status).toBe(404);
    for (const id of [first, third]) expect((await inSession(host.url, token, id)).status).toBe(200);
    expect((await inSession(host.url, other, others)).status).toBe(200);
  });

  it('is bounded per principal also when all are in use: the next is 429', async () => {
    const { host } = await sessions({ sessionBounds: { maxPerOwner: 1 } });
    const token = await issuer.mint();
    await stream(host.url, token, await opened(host.url, token));
    const refusal = await post(host.url, initialize, token);
    expect([refusal.status, await refusal.json()]).toMatchObject([
      429,
      { id: 0, error: { data: { limit: 'sessions' } } },
    ]);
  });

  it('is bounded in all: the next is 503', async () => {
    const { host } = await sessions({ sessionBounds: { maxInAll: 2 } });
    for (const subject of ['a', 'b']) await opened(host.url, await issuer.mint({ subject }));
    expect((await post(host.url, initialize, await issuer.mint({ subject: 'c' }))).status).toBe(503);
  });
});

it('a store shared by instances ends a session everywhere, and counts for all of them', async () => {
  const store = memorySessions();
  const one = await sessions({ sessions: store, sessionBounds: { maxInAll: 1 } });
  const two = await sessions({ sessions: store, sessionBounds: { maxInAll: 1 } });
  const token = await issuer.mint();
  const id = await opened(one.host.url, token);
  expect((await post(two.host.url, initialize, await issuer.mint({ subject: 'b' }))).status).toBe(503);
  await store.end({ id, owner: JSON.stringify([issuer.issuer, 'agent-1', 'acme']) });
  expect((await inSession(one.host.url, token, id)).status).toBe(404);
});

describe('without sessions, a call of the 2025 era that must ask its client', () => {
  it.each(['ask', 'sample', 'ask_either_way'])('is refused at once instead of hanging: %s', async (name) => {
    const { host } = await start({ content: askingServer().factory });
    const answer = await post(host.url, call(name), await issuer.mint());
    const text = await answer.text();
    expect(text).toContain('"isError":true');
    expect(text).not.toContain('TOOL_TIMEOUT');
    if (name !== 'ask_either_way') expect(text).toContain('POLICY_DENIED: This call must ask its client');
  });

  it('has no stream and nothing to end: GET and DELETE are 405', async () => {
    const { host } = await start({ content: askingServer().factory });
    expect((await fetch(host.url)).status).toBe(405);
    expect((await fetch(host.url, { method: 'DELETE' })).status).toBe(405);
  });
});
