import { McpServer } from '@modelcontextprotocol/server';
import { jwtAuthenticator, memoryDenyList, revocable } from '@sallyport/auth';
import { hardened, type Refusal, type Tool } from '@sallyport/core';
import { harden } from '@sallyport/mcp-server';
import { FakeClock } from '@sallyport/testkit';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { legacyClient } from '../test-rig/connect.js';
import { call, modernCall, modernList, post } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';
import { testTools } from '../test-rig/test-tools.js';
import type { Content } from './index.js';

afterEach(stopAll);

const authorizationServers = [issuer.issuer];
const authenticator = () => jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() });
const hiding = { resource: { authorizationServers, offeredScopes: ['mcp:tools:read', 'mcp:tools:write'] } };

/** A server, and what its `onRefusal` was told: code, agent, tenant and tool of each. */
async function told(options: Parameters<typeof start>[0] = {}) {
  const refusals: Refusal[] = [];
  const rig = await start({ onRefusal: (refusal) => refusals.push(refusal), ...options });
  const drained = () =>
    refusals
      .splice(0)
      .map(({ code, principal, tool }) => [code, principal?.subject, principal?.tenant, tool?.name] as const);
  const ask = async (body: unknown, token?: string, headers?: Record<string, string>) =>
    (await post(rig.host.url, body, token, headers)).status;
  return { ...rig, drained, ask, refusals };
}

const modern = (name: string) => modernCall(name, { text: 'x' });

it('no token, a token that is none and one that has expired are each told once, and nothing of them', async () => {
  const { ask, refusals, host } = await told({ sessions: 'memory' });
  const expired = await issuer.mint({ subject: 'somebody', claims: { exp: 1, tenant: 'acme' } });
  for (const token of [undefined, 'bad', expired]) {
    expect(await ask(call('write_note', { text: 'x' }), token)).toBe(401);
    expect(await ask(modern('write_note').body, token, modern('write_note').headers)).toBe(401);
  }
  expect((await fetch(host.url, { method: 'DELETE' })).status).toBe(401);
  expect(refusals).toEqual(new Array(7).fill({ code: 'UNAUTHENTICATED' }));
});

it('a scope that is missing is told with who lacked it for which tool, in either era', async () => {
  const { ask, drained } = await told();
  const token = await issuer.mint({ subject: 'agent-7' });
  expect(await ask(call('write_note', { text: 'x' }), token)).toBe(403);
  expect(await ask(modern('refund').body, token, modern('refund').headers)).toBe(403);
  expect(drained()).toEqual([
    ['INSUFFICIENT_SCOPE', 'agent-7', 'acme', 'write_note'],
    ['INSUFFICIENT_SCOPE', 'agent-7', 'acme', 'refund'],
  ]);
});

it('a caller that was revoked is told with its name when it was verified before, and without one otherwise', async () => {
  const denied = memoryDenyList();
  const { ask, drained } = await told({
    auth: revocable(authenticator(), { ...denied, isRevoked: () => false, isRevokedNow: async () => true }),
    resource: { authorizationServers },
  });
  const token = await issuer.mint({ scopes: ['mcp:tools:read', 'billing:refund', 'billing:read'] });
  expect(await ask(call('echo', { text: 'x' }), token)).toBe(200);
  expect(await ask(call('refund'), token)).toBe(401);
  expect(drained()).toEqual([['UNAUTHENTICATED', 'agent-1', 'acme', 'refund']]);
});

it('a tool that is hidden from its caller is told once, though the answer is that of one that does not exist', async () => {
  const { ask, drained } = await told(hiding);
  const token = await issuer.mint();
  expect(await ask(call('refund'), token)).toBe(200);
  expect(await ask(modern('refund').body, token, modern('refund').headers)).toBe(200);
  expect(drained()).toEqual(new Array(2).fill(['INSUFFICIENT_SCOPE', 'agent-1', 'acme', 'refund']));
});

/** A tool that is hidden from those who only read, as a tool and on a server; and how often each side told of a refusal. */
function hiddenTool() {
  const told = { stack: 0, edge: 0 };
  const stack = hardened({ report: () => void told.stack++ });
  const policy = { description: 'x', access: 'read', scopes: ['billing:refund'] } as const;
  const content: Record<'tools' | 'servers', Content> = {
    tools: [stack.tool({ ...policy, name: 'hidden', input: z.object({}), handler: () => 'ran' })],
    servers: () => {
      const server = harden(new McpServer({ name: 'rig', version: '1' }), stack);
      server.registerTool('hidden', policy, () => ({ content: [] }));
      return server;
    },
  };
  return { told, content, onRefusal: () => void told.edge++ };
}

it.each([
  ['tools', 'none', { stack: 0, edge: 1 }],
  ['tools', 'memory', { stack: 0, edge: 1 }],
  ['servers', 'none', { stack: 1, edge: 0 }],
  ['servers', 'memory', { stack: 1, edge: 0 }],
] as const)(
  'it is told by the edge or by the stack, never by both: %s, sessions %s',
  async (kind, sessions, expected) => {
    const { told, content, onRefusal } = hiddenTool();
    const { host } = await start({ ...hiding, content: content[kind], sessions, onRefusal });
    const { client } = await legacyClient(host.url, await issuer.mint());
    await client.callTool({ name: 'hidden', arguments: {} }).catch(() => {});
    await client.close();
    expect(told).toEqual(expected);
  },
);

it('of 429 each is told: of a caller that keeps on with its tool, of an address that floods without anything', async () => {
  const clock = new FakeClock();
  const stack = hardened({ clock, agentLimits: { perMinute: 1 }, report: () => {} });
  const spec = { description: 'x', access: 'read', input: z.object({}), handler: () => 'ran' } as const;
  const content: Tool[] = [stack.tool({ ...spec, name: 'echo' })];
  const { ask, drained } = await told({ content, clock, maxUnauthenticatedPerMinute: 2 });
  const token = await issuer.mint();
  for (let i = 0; i < 6; i++) {
    expect(await ask(call('echo'), token)).toBe(200);
    await clock.advance(1_001);
  }
  expect(drained()).toEqual([]);
  expect(await ask(call('echo'), token)).toBe(429);
  expect(await ask(call('no_such_tool_of_ours'), token)).toBe(429);
  expect(await ask({ ...call('echo'), method: 'ping' }, token)).toBe(200);
  expect(drained()).toEqual([
    ['RATE_LIMITED', 'agent-1', 'acme', 'echo'],
    ['RATE_LIMITED', 'agent-1', 'acme', undefined],
  ]);

  for (const status of [401, 401, 429]) expect(await ask(call('echo'), 'bad')).toBe(status);
  // To escape the trail with a header would be too easy: it is the same refusal, written in another way.
  expect(await ask(call('echo'), 'bad', { 'Mcp-Method': 'server/discover' })).toBe(503);
  expect(drained().map(([code, ...rest]) => [code, ...rest.filter((one) => one !== undefined)])).toEqual([
    ['UNAUTHENTICATED'],
    ['UNAUTHENTICATED'],
    ['RATE_LIMITED'],
    ['RATE_LIMITED'],
  ]);
});

it.each(['tools', 'servers'] as const)(
  'a call of a tool that does not exist is told and logged once in either era, its name only in the log and cut: %s',
  async (kind) => {
    const { ask, refusals, events } = await told({ content: hiddenTool().content[kind] });
    const token = await issuer.mint();
    const madeUp = `no_such_${'x'.repeat(500)}`;
    await ask(call(madeUp), token);
    await ask(modern(madeUp).body, token, modern(madeUp).headers);
    expect(refusals.map(({ principal, ...rest }) => [principal?.subject, rest])).toEqual(
      Array(2).fill(['agent-1', { code: 'UNKNOWN_TOOL' }]),
    );
    expect(events.filter(({ event }) => event === 'unknown-tool')).toMatchObject(
      Array(2).fill({ level: 'info', tool: madeUp.slice(0, 128), subject: 'agent-1' }),
    );
  },
);

it('what is let in, refused for its form, denied by a layer or not to be verified now is not told', async () => {
  const { ask, drained, host } = await told();
  const token = await issuer.mint();
  expect(await ask(call('echo', { text: 'x' }), token)).toBe(200);
  expect(await ask(modernList.body, token, modernList.headers)).toBe(200);
  expect(await ask(call('limited'), token)).toBe(200);
  expect(await ask('{', token)).toBe(400);
  expect(await ask([], token)).toBe(400);
  expect((await fetch(`${host.url}x`)).status).toBe(404);
  expect((await fetch(host.url, { method: 'PUT' })).status).toBe(405);
  const away = await told({
    auth: jwtAuthenticator({
      issuer: issuer.issuer,
      audience: issuer.audience,
      jwksUrl: 'http://127.0.0.1:9/keys',
    }),
    resource: { authorizationServers },
  });
  expect(await away.ask(call('echo'), token)).toBe(503);
  expect([...drained(), ...away.drained()]).toEqual([]);
});

it('a refusal that its listener cannot take is answered as ever, and the fault is in the log', async () => {
  const { tools } = testTools();
  const { ask, events } = await told({
    content: tools,
    onRefusal: () => {
      throw new Error('full');
    },
  });
  expect(await ask(call('echo'))).toBe(401);
  expect(await ask(call('write_note', { text: 'x' }), await issuer.mint())).toBe(403);
  expect(events.filter(({ event }) => event === 'fault')).toMatchObject([{ message: 'full' }, { message: 'full' }]);
});
