import { McpServer } from '@modelcontextprotocol/server';
import { hardened } from '@sallyport/core';
import { harden } from '@sallyport/mcp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { askingServer } from '../test-rig/asking-server.js';
import { legacyClient, modernClient } from '../test-rig/connect.js';
import { call, modernCall, post } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';
import { testTools } from '../test-rig/test-tools.js';

afterEach(stopAll);

const info = { name: 'x', version: '1' };
const scopes = ['mcp:tools:read', 'mcp:resources:read'];

describe('a factory of hardened servers', () => {
  it.each(['1.x', '2.x'])('serves tools, resources and prompts to the official client %s', async (generation) => {
    const { host } = await start({ content: askingServer().factory });
    const token = await issuer.mint({ scopes });
    const client =
      generation === '1.x' ? (await legacyClient(host.url, token)).client : await modernClient(host.url, token);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('wait');
    expect((await client.listResources()).resources).toHaveLength(5);
    expect(await client.readResource({ uri: 'test://r/3' })).toMatchObject({ contents: [{ text: '3' }] });
    expect(await client.getPrompt({ name: 'p1', arguments: { topic: 'tea' } })).toMatchObject({
      messages: [{ content: { text: 'tea' } }],
    });
    await client.close();
  });

  it('is behind the same edge as tools: resources need their scope before anything runs', async () => {
    const { host } = await start({ content: askingServer().factory });
    const read = { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'test://r/1' } };
    const answer = await post(host.url, read, await issuer.mint({ scopes: ['mcp:tools:read'] }));
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain('scope="mcp:resources:read');
  });

  it('must harden what it returns: anything else is refused at the start', async () => {
    const plain = () => {
      const server = new McpServer(info);
      server.registerTool('open', {}, () => ({ content: [] }));
      return server;
    };
    await expect(start({ content: plain })).rejects.toThrow(/not hardened/);
    await expect(start({ content: (async () => plain()) as unknown as () => McpServer })).rejects.toThrow(/McpServer/);
  });

  it('that stops hardening is refused at that request, and nothing runs', async () => {
    let made = 0;
    const ran: string[] = [];
    const content = () => {
      const server = new McpServer(info);
      if (made++ === 0) return harden(server, hardened());
      server.registerTool('open', {}, () => {
        ran.push('open');
        return { content: [] };
      });
      return server;
    };
    const { host } = await start({ content, open: true });
    expect((await post(host.url, call('open'))).status).toBe(500);
    expect(ran).toEqual([]);
  });

  it('is interrupted by a drain that runs out of time, like tools', async () => {
    const { factory, waiting } = askingServer();
    const { host } = await start({ content: factory, drain: { graceMs: 0 } });
    const { body, headers } = modernCall('wait');
    const running = post(host.url, body, await issuer.mint(), headers);
    await waiting.begun.promise;
    expect(await host.close()).toEqual({ cutOff: 1 });
    expect(await (await running).text()).toContain('SHUTTING_DOWN');
  });
});

it('tools need a name for their server', async () => {
  await expect(start({ content: testTools().tools, serverInfo: undefined } as object)).rejects.toThrow(/serverInfo/);
});

describe('versions', () => {
  const tool = (name: string) =>
    hardened({ singleTenant: 'a' }).tool({
      name,
      description: name,
      access: 'read',
      input: z.object({}),
      handler: () => name,
    });
  const names = async (url: string) => {
    const client = await modernClient(url);
    const { tools } = await client.listTools();
    await client.close();
    return tools.map(({ name }) => name);
  };

  it('serve different tools from one process; /mcp is the highest number, not the last one written', async () => {
    const content = { v10: [tool('ten')], v2: [tool('two')], v1: [tool('one')] };
    const { origin } = await start({ content, open: true });
    expect(await names(`${origin}/v1/mcp`)).toEqual(['one']);
    expect(await names(`${origin}/v2/mcp`)).toEqual(['two']);
    expect(await names(`${origin}/v10/mcp`)).toEqual(['ten']);
    expect(await names(`${origin}/mcp`)).toEqual(['ten']);
    const other = await post(`${origin}/v1/mcp`, call('ten'));
    expect(await other.text()).toContain('-32602');
    expect((await post(`${origin}/v3/mcp`, call('one'))).status).toBe(404);
  });

  it.each([{}, { latest: [] }, { v0: [] }, { v01: [] }, { 'v1/..': [] }])('%j is refused', async (content) => {
    await expect(start({ content: content as never, open: true })).rejects.toThrow(TypeError);
  });
});
