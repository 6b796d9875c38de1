import { connect } from 'node:net';
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, modernCall, post, written } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';

afterEach(stopAll);

const info = { name: 'test-client', version: '1' };
type Progress = { onprogress?: (progress: { progress: number }) => void };

/** What the tests need of a client, whichever it is. */
interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(
    params: { name: string; arguments: Record<string, unknown> },
    options?: Progress,
  ): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const headers = (token: string) => ({ requestInit: { headers: { Authorization: `Bearer ${token}` } } });

async function legacy(url: string, token: string): Promise<AnyClient> {
  const client = new LegacyClient(info);
  // The 1.x transport is not assignable to its own interface under exactOptionalPropertyTypes.
  await client.connect(new LegacyTransport(new URL(url), headers(token)) as Parameters<LegacyClient['connect']>[0]);
  return {
    listTools: () => client.listTools(),
    callTool: (params, options) => client.callTool(params, undefined, options),
    close: () => client.close(),
  };
}

function modern(mode: 'legacy' | 'auto' | { pin: string }) {
  return async (url: string, token: string): Promise<AnyClient> => {
    const client = new ModernClient(info, { versionNegotiation: { mode } });
    await client.connect(new ModernTransport(new URL(url), headers(token)));
    expect(client.getNegotiatedProtocolVersion()).toBe(mode === 'legacy' ? '2025-11-25' : '2026-07-28');
    return {
      listTools: () => client.listTools(),
      callTool: (params, options) => client.callTool(params, options),
      close: () => client.close(),
    };
  };
}

const clients: [string, (url: string, token: string) => Promise<AnyClient>][] = [
  ['1.x', legacy],
  ['2.x in the 2025 era', modern('legacy')],
  ['2.x, negotiating', modern('auto')],
  ['2.x pinned to 2026-07-28', modern({ pin: '2026-07-28' })],
];

describe.each(clients)('the official client %s', (_, connect) => {
  it.each(['/mcp', '/v1/mcp'])('lists and calls at %s', async (path) => {
    const { origin } = await start();
    const scopes = ['mcp:tools:write', 'billing:refund', 'billing:read'];
    const client = await connect(`${origin}${path}`, await issuer.mint({ scopes }));
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect([...names].sort().join(' ')).toBe('echo fail limited refund steps wait whoami write_note');
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names);
    const result = await client.callTool({ name: 'echo', arguments: { text: 'ünï' } });
    expect(result).toMatchObject({ structuredContent: { text: 'ünï' }, content: [{ type: 'text' }] });
    await client.close();
  });

  it('gets tool errors as results', async () => {
    const { host } = await start();
    const client = await connect(host.url, await issuer.mint());
    expect(await client.callTool({ name: 'limited', arguments: {} })).toMatchObject({
      isError: true,
      content: [{ text: 'RATE_LIMITED: 3 calls per minute reached. Try again in 5 seconds.' }],
    });
    expect(await client.callTool({ name: 'echo', arguments: { text: 7 } })).toMatchObject({ isError: true });
    await client.close();
  });

  it('gets progress while the tool runs', async () => {
    const { host } = await start();
    const client = await connect(host.url, await issuer.mint());
    const onprogress = vi.fn();
    await client.callTool({ name: 'steps', arguments: {} }, { onprogress });
    expect(onprogress.mock.calls.map(([{ progress }]) => progress)).toEqual([1, 2]);
    await client.close();
  });

  it('throws on 401 and on 403', async () => {
    const { host, runs } = await start();
    await expect(connect(host.url, await issuer.mint({ expiresInSeconds: -60 }))).rejects.toThrow();
    const client = await connect(host.url, await issuer.mint());
    await expect(client.callTool({ name: 'write_note', arguments: { text: 'x' } })).rejects.toThrow();
    expect(runs).toEqual([]);
    await client.close();
  });

  it('throws on an unknown tool', async () => {
    const { host } = await start();
    const client = await connect(host.url, await issuer.mint());
    await expect(client.callTool({ name: 'nothing', arguments: {} })).rejects.toMatchObject({ code: -32602 });
    await client.close();
  });

  it('50 at once get their own answers', async () => {
    const { host } = await start();
    const client = await connect(host.url, await issuer.mint());
    const texts = Array.from({ length: 50 }, (__, i) => `text ${i}`);
    const results = await Promise.all(texts.map((text) => client.callTool({ name: 'echo', arguments: { text } })));
    expect(results.map(({ structuredContent }) => structuredContent)).toEqual(texts.map((text) => ({ text })));
    await client.close();
  });
});

describe('log messages of a tool', () => {
  it('go to a client of the 2025 era, and under 2026-07-28 to one that asked (utilities, logging)', async () => {
    const { host } = await start();
    const token = await issuer.mint();
    expect(await (await post(host.url, call('steps'), token)).text()).toContain('half way');
    const { body, headers } = modernCall('steps');
    expect(await (await post(host.url, body, token, headers)).text()).not.toContain('half way');
    const { _meta } = body.params;
    const asking = {
      ...body,
      params: { ...body.params, _meta: { ..._meta, 'io.modelcontextprotocol/logLevel': 'info' } },
    };
    expect(await (await post(host.url, asking, token, headers)).text()).toContain('half way');
  });
});

describe('equal ids of different callers', () => {
  it('do not mix', async () => {
    const { host } = await start();
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const token = await issuer.mint({ subject: `agent-${i}` });
        const { body, headers } = modernCall('whoami', {}, 1);
        const response = await (i % 2 === 0
          ? post(host.url, body, token, headers)
          : post(host.url, call('whoami'), token));
        return (await response.text()).includes(`agent-${i}\\`);
      }),
    );
    expect(answers.every(Boolean)).toBe(true);
  });
});

describe('a client that goes away', () => {
  it.each(['2025 era', '2026-07-28'])(
    'with several requests on one connection leaves none of them in flight, %s',
    async (era) => {
      const rig = await start({ open: true });
      const request = (id: number) => {
        const asked = [id === 1 ? 'wait' : 'echo', { text: 'x' }, id] as const;
        if (era === '2025 era') return written(call(...asked));
        const { headers, body } = modernCall(...asked);
        return written(body, headers);
      };
      const socket = connect(rig.host.port, '127.0.0.1');
      socket.write([1, 2, 3, 4].map(request).join(''));
      await rig.waiting.begun.promise;
      while (rig.runs.length < 3) await new Promise(setImmediate);
      socket.destroy();
      rig.waiting.release.resolve();
      const began = performance.now();
      expect(await rig.host.close()).toEqual({ cutOff: 0 });
      expect(performance.now() - began).toBeLessThan(5_000);
    },
  );

  it('cancels its call under 2026-07-28 (Streamable HTTP, cancellation)', async () => {
    const { host, runs, waiting } = await start();
    const client = new AbortController();
    const { body, headers } = modernCall('wait');
    const pending = fetchWith(client, host.url, body, { ...headers, Authorization: `Bearer ${await issuer.mint()}` });
    await waiting.begun.promise;
    client.abort();
    await expect(pending).rejects.toThrow();
    await waiting.aborted.promise;
    expect(runs).not.toContain('wait finished');
  });

  it('does not under the 2025 revisions: the call runs to its end', async () => {
    const { host, runs, waiting, origin } = await start();
    const client = new AbortController();
    const headers = {
      'Content-Type': 'application/json',
      Accept: '*/*',
      Authorization: `Bearer ${await issuer.mint()}`,
    };
    const pending = fetchWith(client, host.url, call('wait'), headers);
    await waiting.begun.promise;
    client.abort();
    await expect(pending).rejects.toThrow();
    // A whole exchange later the server has noticed that the other connection is gone.
    await fetch(`${origin}/health`);
    waiting.release.resolve();
    expect(await host.close()).toEqual({ cutOff: 0 });
    expect(runs).toEqual(['wait finished']);
  });
});

describe('a subscription', () => {
  it('is open until the server drains, and does not hold it up', async () => {
    const { host } = await start();
    const version = '2026-07-28';
    const response = await post(
      host.url,
      {
        jsonrpc: '2.0',
        id: 'sub',
        method: 'subscriptions/listen',
        params: {
          notifications: { toolsListChanged: true },
          _meta: {
            'io.modelcontextprotocol/protocolVersion': version,
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      },
      await issuer.mint(),
      { 'MCP-Protocol-Version': version, 'Mcp-Method': 'subscriptions/listen' },
    );
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const [text, drained] = await Promise.all([response.text(), host.close()]);
    expect(text).toContain('notifications/subscriptions/acknowledged');
    expect(drained).toEqual({ cutOff: 0 });
  });
});

async function fetchWith(
  client: AbortController,
  url: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal: client.signal });
  return response.text();
}
