import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createAdaptorServer } from '@hono/node-server';
import { jwtAuthenticator } from '@sallyport/auth';
import type { Clock } from '@sallyport/core';
import { FakeClock } from '@sallyport/testkit';
import expressApp, { json } from 'express';
import fastifyApp from 'fastify';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { legacyClient, modernClient } from '../../test-rig/connect.js';
import { exchange } from '../../test-rig/exchange.js';
import { call, modernCall, post, written } from '../../test-rig/messages.js';
import { issuer } from '../../test-rig/start.js';
import { testTools } from '../../test-rig/test-tools.js';
import { express, fastify, hono, type Mounted, type MountOptions, mount } from '../index.js';

const serverInfo = { name: 'mounted', version: '1' };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    closing.push(() => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    });
  });
}

const plain = (listener: RequestListener) => listen(createServer(listener));

/** Each app has a route of its own, `/own`, and parses JSON for it. */
const apps: [string, (mcp: Mounted) => Promise<string>][] = [
  [
    'node:http',
    (mcp) =>
      plain((request, response) => {
        if (!mcp.handle(request, response)) response.end('own');
      }),
  ],
  [
    'Express',
    (mcp) => {
      const app = expressApp();
      app.use(express(mcp));
      app.use(json());
      app.all('/own', (_, response) => {
        response.send('own');
      });
      return plain(app);
    },
  ],
  [
    'Express, behind its body parser',
    (mcp) => {
      const app = expressApp();
      app.use(json());
      app.use(express(mcp));
      app.all('/own', (_, response) => {
        response.send('own');
      });
      return plain(app);
    },
  ],
  [
    'Fastify',
    async (mcp) => {
      const app = fastifyApp();
      fastify(app, mcp);
      app.all('/own', async () => 'own');
      await app.ready();
      return listen(app.server);
    },
  ],
  [
    'Hono',
    (mcp) => {
      const app = new Hono();
      app.use(hono(mcp));
      app.all('/own', (context) => context.text('own'));
      return listen(createAdaptorServer({ fetch: app.fetch }) as Server);
    },
  ],
];

function open(options: object = {}) {
  const { tools, ...seen } = testTools();
  const mcp = mount(tools, {
    anonymous: true,
    serverInfo,
    log: () => {},
    drain: { lingerMs: 0 },
    ...options,
  } as MountOptions);
  closing.push(() => mcp.close());
  return { mcp, ...seen };
}

function guarded() {
  return open({
    anonymous: undefined,
    auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
    resource: { authorizationServers: [issuer.issuer], url: issuer.audience },
    allowedHosts: ['127.0.0.1'],
  });
}

describe.each(apps)('mounted in %s', (_, start) => {
  it('official clients of both generations list and call', async () => {
    const origin = await start(open().mcp);
    const { client: old } = await legacyClient(`${origin}/mcp`);
    const modern = await modernClient(`${origin}/v1/mcp`);
    const args = { name: 'echo', arguments: { text: 'x' } };
    for (const client of [old, modern]) {
      expect((await client.listTools()).tools.length).toBe(8);
      expect(await client.callTool(args)).toMatchObject({ structuredContent: { text: 'x' } });
      await client.close();
    }
  });

  it('progress streams while the tool runs', async () => {
    const origin = await start(open().mcp);
    const { body, headers } = modernCall('steps');
    const answer = await post(`${origin}/mcp`, body, undefined, headers);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(await answer.text()).toContain('notifications/progress');
  });

  it('a request by absolute target is taken, one for another host refused (RFC 9112 section 3.2.2)', async () => {
    const { port } = new URL(await start(open().mcp));
    const body = JSON.stringify(call('echo', { text: 'x' }));
    const ask = (target: string) =>
      exchange(
        Number(port),
        `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    const [own, other] = [await ask('http://localhost/mcp'), await ask('http://evil.example/mcp')];
    expect([own.status, own.text]).toEqual([200, expect.stringContaining('"text":"x"')]);
    expect([other.status, JSON.parse(other.text)]).toMatchObject([
      403,
      { error: { data: { reason: 'host_not_allowed' } } },
    ]);
  });

  it("the app's other routes stay its own", async () => {
    const origin = await start(open().mcp);
    const own = await fetch(`${origin}/own`, { method: 'POST', headers: { Origin: 'https://evil.example' } });
    expect([own.status, await own.text()]).toEqual([200, 'own']);
  });

  it('the edge checks hold: Origin, Host, form of the message, security headers', async () => {
    const origin = await start(open().mcp);
    const evil = await post(`${origin}/mcp`, call('echo'), undefined, { Origin: 'https://evil.example' });
    expect(evil.status).toBe(403);
    expect(evil.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await post(`${origin}/mcp`, [call('echo')])).status).toBe(400);
    expect((await post(`${origin}/mcp`, { a: 'x'.repeat(1_100_000) })).status).toBe(413);
    expect((await fetch(`${origin}/mcp`)).status).toBe(405);
  });

  it('a call without a token is 401, one with a token runs, and the metadata are found', async () => {
    const { mcp, runs } = guarded();
    const origin = await start(mcp);
    const refusal = await post(`${origin}/mcp`, call('echo', { text: 'x' }));
    expect(refusal.status).toBe(401);
    expect(refusal.headers.get('www-authenticate')).toContain('resource_metadata=');
    expect(runs).toEqual([]);
    const answer = await post(`${origin}/mcp`, call('echo', { text: 'x' }), await issuer.mint());
    expect(await answer.text()).toContain('structuredContent');
    expect((await fetch(`${origin}/.well-known/oauth-protected-resource`)).status).toBe(200);
  });

  it('a drain waits for the call that runs and refuses the next one', async () => {
    const { mcp, waiting } = open();
    const origin = await start(mcp);
    const running = post(`${origin}/mcp`, call('wait'));
    await waiting.begun.promise;
    const drained = mcp.close();
    expect((await post(`${origin}/mcp`, call('echo', { text: 'x' }))).status).toBe(503);
    waiting.release.resolve();
    expect(await (await running).text()).toContain('waited');
    expect(await drained).toEqual({ cutOff: 0 });
  });
});

it('whoever calls in the half second after the last call is told, and only then the app may close its server', async () => {
  const clock = new FakeClock();
  const { mcp, waiting } = open({ clock, drain: undefined });
  const origin = await plain((request, response) => void mcp.handle(request, response));
  const last = post(`${origin}/mcp`, call('wait'));
  await waiting.begun.promise;
  let isClosed = false;
  const closed = mcp.close().then(() => {
    isClosed = true;
  });
  waiting.release.resolve();
  expect((await last).status).toBe(200);
  await clock.advance(499);
  const late = await post(`${origin}/mcp`, call('echo', { text: 'x' }));
  expect([late.status, late.headers.get('connection'), await late.text()]).toEqual([
    503,
    'close',
    expect.stringContaining('SHUTTING_DOWN'),
  ]);
  expect(isClosed).toBe(false);
  await clock.advance(1);
  await closed;
});

it('what has been sent by the end of that half second is answered before the app may close its server', async () => {
  const due: (() => void)[] = [];
  const clock: Clock = { now: () => 0, setTimeout: (act) => due.push(act), clearTimeout() {} };
  const { mcp } = open({ clock, drain: undefined });
  const server = createServer((request, response) => void mcp.handle(request, response));
  const kept = connect(Number(new URL(await listen(server)).port), '127.0.0.1');
  const statusOf = async () => String((await once(kept, 'data'))[0]).slice(9, 12);
  kept.write(written(call('echo', { text: 'x' })));
  expect(await statusOf()).toBe('200');
  const closed = mcp.close().then(() => server.closeAllConnections());
  await expect.poll(() => due).toHaveLength(1);
  const late = statusOf();
  kept.write(written(call('echo', { text: 'x' })));
  due[0]?.();
  expect(await late).toBe('503');
  await closed;
});

it.each([
  [{ graceMs: 0 }, 0],
  [{ graceMs: 300 }, 300],
  [{ graceMs: undefined, lingerMs: undefined }, 500],
  [{ lingerMs: 0 }, 0],
])('an app that idles closes within its grace: %j', async (drain, ms) => {
  const clock = new FakeClock();
  const closed = open({ clock, drain }).mcp.close();
  await clock.advance(0);
  expect(clock.timers).toBe(ms === 0 ? 0 : 1);
  await clock.advance(ms);
  expect(await closed).toEqual({ cutOff: 0 });
});

it('the process does not end before what is mounted has closed, though nothing else keeps it', async () => {
  const program = join(import.meta.dirname, '../../test-rig/close-alone.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  expect(await text(child.stdout)).toBe('{"cutOff":0}\n');
});

it('a call that had come whole when the app closed is answered before that is done', async () => {
  const { mcp, runs } = open();
  let closed: Promise<void> | undefined;
  const origin = await plain((request, response) => {
    mcp.handle(request, response);
    const close = () => {
      closed = mcp.close().then(() => void runs.push('closed'));
    };
    request.once('end', () => process.nextTick(close));
  });
  expect((await post(`${origin}/mcp`, call('echo', { text: 'x' }))).status).toBe(200);
  await closed;
  expect(runs).toEqual(['echo', 'closed']);
});

it('under a path of its own, in Express, every endpoint names metadata that are found and are its own', async () => {
  const { mcp } = open({
    anonymous: undefined,
    auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
    resource: { authorizationServers: [issuer.issuer], url: 'https://app.example.com/api/mcp' },
    allowedHosts: ['127.0.0.1'],
  });
  const app = expressApp();
  app.use('/api', express(mcp));
  app.all(/^\/\.well-known\/oauth-protected-resource\//, express(mcp));
  const origin = await plain(app);
  for (const path of ['/api/mcp', '/api/v1/mcp']) {
    const { headers } = await post(`${origin}${path}`, call('echo', { text: 'x' }));
    const [, named = ''] = /resource_metadata="([^"]*)"/.exec(headers.get('www-authenticate') ?? '') ?? [];
    const found = await fetch(`${origin}${new URL(named).pathname}`);
    expect([found.status, await found.json()]).toMatchObject([200, { resource: `https://app.example.com${path}` }]);
  }
});

it.each(['203.0.113.7', '::ffff:10.0.0.1', '2001:db8::1', ''])(
  'an anonymous one answers nobody from another machine: %j',
  async (remoteAddress) => {
    const { mcp, runs } = open();
    const origin = await plain((request, response) => {
      Object.defineProperty(request.socket, 'remoteAddress', { value: remoteAddress });
      mcp.handle(request, response);
    });
    const answer = await post(`${origin}/mcp`, call('echo', { text: 'x' }));
    expect([answer.status, runs]).toEqual([403, []]);
  },
);

it('a body that something else has read and dropped is said to be that, and nothing hangs', async () => {
  const { mcp } = open();
  const origin = await plain((request, response) => {
    request.resume().once('end', () => mcp.handle(request, response));
  });
  const answer = await post(`${origin}/mcp`, call('echo'));
  expect([answer.status, await answer.json()]).toMatchObject([500, { error: { data: { reason: 'body_consumed' } } }]);
});

it('mounts nothing open by accident, and nothing that names no canonical URL', () => {
  const tools = testTools().tools;
  expect(() => mount(tools, { serverInfo } as MountOptions)).toThrow(/needs `auth`/);
  const auth = jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() });
  const resource = { authorizationServers: [issuer.issuer] };
  expect(() => mount(tools, { serverInfo, auth, resource })).toThrow(/`resource.url` is needed/);
});

it('refuses an option that only a server has', () => {
  const options = { anonymous: true, serverInfo, port: 3000 } as unknown as MountOptions;
  expect(() => mount(testTools().tools, options)).toThrow(new TypeError('mount: port is no option of mount'));
});

it('of several answers that are made in one turn each ends in the context of its own request', async () => {
  const context = new AsyncLocalStorage<unknown>();
  const ends: (readonly [asked: unknown, heard: unknown])[] = [];
  const { mcp } = open();
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const held: (() => void)[] = [];
  const arrived: IncomingMessage[] = [];
  const handleAll = () => {
    if (!arrived.every(({ complete }) => complete)) setImmediate(handleAll);
    else for (const handle of held) handle();
  };
  const url = await plain((request, response) => {
    const id = request.headers['x-request'];
    arrived.push(request);
    held.push(() =>
      context.run(id, () => {
        response.on('finish', () => ends.push([id, context.getStore()]));
        mcp.handle(request, response);
      }),
    );
    if (held.length === ids.length) handleAll();
  });
  await Promise.all(ids.map((id) => post(`${url}/mcp`, call('echo', { text: id }), undefined, { 'X-Request': id })));
  expect(ends.toSorted()).toEqual(ids.map((id) => [id, id]));
});

it('what an app makes of the end of an answer may fail: its client is cut off, the log tells, and the next is answered', async () => {
  const events: unknown[] = [];
  const { mcp } = open({
    log: ({ event, message }: { event: string; message?: string }) => events.push([event, message]),
  });
  let fails = true;
  const url = await plain((request, response) => {
    const { end } = response;
    response.end = (...args: unknown[]) => {
      if (fails) throw new Error('the sink is full');
      return end.apply(response, args as never);
    };
    mcp.handle(request, response);
  });
  await expect(post(`${url}/mcp`, call('echo', { text: 'x' }))).rejects.toThrow();
  expect(events).toEqual([['fault', 'the sink is full']]);
  fails = false;
  expect((await post(`${url}/mcp`, call('echo', { text: 'x' }))).status).toBe(200);
});
