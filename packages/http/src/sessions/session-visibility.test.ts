import { Client as SecondClient, StreamableHTTPClientTransport as SecondTransport } from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/server';
import { hardened } from '@sallyport/core';
import { harden } from '@sallyport/mcp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { legacyClient } from '../../test-rig/connect.js';
import { call, post } from '../../test-rig/messages.js';
import { issuer, start, stopAll } from '../../test-rig/start.js';
import type { Content } from '../index.js';

afterEach(stopAll);

const read = ['mcp:tools:read'];
const operator = [...read, 'ops:restart'];
const offered = { authorizationServers: [issuer.issuer], offeredScopes: read };

/** Two tools, of which one is hidden from callers who only read, as tools and on a server; and what ran. */
function content() {
  const ran: string[] = [];
  const stack = hardened({ report: () => {} });
  const policies = {
    look: { description: 'x', access: 'read' },
    restart: { description: 'x', access: 'read', scopes: ['ops:restart'] },
  } as const;
  const tool = (name: keyof typeof policies) =>
    stack.tool({ ...policies[name], name, input: z.object({}), handler: () => `${ran.push(name)}` });
  const made: Record<'tools' | 'servers', Content> = {
    tools: [tool('look'), tool('restart')],
    servers: () => {
      const server = harden(new McpServer({ name: 'rig', version: '1' }), stack);
      for (const name of ['look', 'restart'] as const) {
        server.registerTool(name, policies[name], () => ({ content: [{ type: 'text', text: `${ran.push(name)}` }] }));
      }
      return server;
    },
  };
  return { made, ran };
}

/** A client of either generation, in the 2025 era, whose token can be replaced. */
async function clientOf(generation: '1.x' | '2.x', url: string, token: string) {
  if (generation === '1.x') return (await legacyClient(url, token)).client;
  const client = new SecondClient({ name: 'test-client', version: '1' });
  await client.connect(
    new SecondTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${token}` } } }),
  );
  return client;
}

/** What a caller sees, and what it is told of a tool that is hidden from it and of one that does not exist. */
async function seen(
  generation: '1.x' | '2.x',
  kind: 'tools' | 'servers',
  sessions: 'none' | 'memory',
  scopes: string[],
) {
  const { made, ran } = content();
  const { host } = await start({ content: made[kind], sessions, resource: offered });
  const client = await clientOf(generation, host.url, await issuer.mint({ scopes }));
  const told = async (name: string) =>
    client.callTool({ name, arguments: {} }).then(
      (result) => result,
      (error: { code: unknown; message: string }) => ({ code: error.code, message: error.message.replace(name, '…') }),
    );
  const { tools } = await client.listTools();
  const answers = {
    listed: tools.map(({ name }) => name),
    restart: await told('restart'),
    missing: await told('missing'),
  };
  await client.close();
  return { ...answers, ran };
}

describe.each(['1.x', '2.x'] as const)('to a client of %s', (generation) => {
  it('a tool that is hidden from its caller is in a session as one that does not exist', async () => {
    const { listed, restart, missing, ran } = await seen(generation, 'tools', 'memory', read);
    expect(listed).toEqual(['look']);
    expect(missing).toMatchObject({ code: -32602 });
    expect(restart).toEqual(missing);
    expect(ran).toEqual([]);
  });

  it.each([
    ['tools', read],
    ['tools', operator],
    ['servers', read],
    ['servers', operator],
  ] as const)('a session shows and answers what a single request does: %s, %j', async (kind, scopes) => {
    const inSession = await seen(generation, kind, 'memory', [...scopes]);
    const alone = await seen(generation, kind, 'none', [...scopes]);
    // Only the id of an error is another each time.
    const plain = (one: unknown) => JSON.stringify(one).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
    expect(plain(inSession)).toBe(plain(alone));
  });
});

it('in a session it is the token of the request that counts, not the one the session was opened with', async () => {
  const { host } = await start({ content: content().made.tools, sessions: 'memory', resource: offered });
  const tokens = { reader: await issuer.mint({ scopes: read }), operator: await issuer.mint({ scopes: operator }) };
  const initialize = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
  };
  const opened = await post(host.url, initialize, tokens.reader);
  await opened.text();
  const id = opened.headers.get('mcp-session-id') ?? '';
  const ask = async (token: string, body: object) =>
    (await post(host.url, body, token, { 'Mcp-Session-Id': id })).text();
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  for (const [who, isOperator] of [
    ['reader', false],
    ['operator', true],
    ['reader', false],
  ] as const) {
    expect((await ask(tokens[who], list)).includes('"restart"')).toBe(isOperator);
    expect((await ask(tokens[who], call('restart'))).includes('-32602')).toBe(!isOperator);
  }
});
