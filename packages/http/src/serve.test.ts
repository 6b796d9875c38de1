import { type Authenticator, jwtAuthenticator } from '@sallyport/auth';
import { FakeClock } from '@sallyport/testkit';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { call, modernCall, post } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';
import { type ServeOptions, serve } from './index.js';

afterEach(stopAll);

/** The one JSON-RPC message of an answer, be it JSON or a stream of one event. */
async function message(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  return JSON.parse(text.startsWith('event:') ? (/^data: (.*)$/m.exec(text)?.[1] ?? '') : text) as Record<
    string,
    unknown
  >;
}

const serverInfo = { name: 'x', version: '1' };
const auth: Authenticator = { authenticate: () => Promise.reject(new Error('unused')) };
const authorizationServers = ['https://issuer.test'];

describe('refuses to start', () => {
  it.each<[string, Record<string, unknown>]>([
    ['without authenticator', {}],
    ['with anonymous false', { anonymous: false }],
    ['with anonymous as text', { anonymous: 'true' }],
    ['anonymous on every interface', { anonymous: true, host: '0.0.0.0' }],
    ['anonymous on every IPv6 interface', { anonymous: true, host: '::' }],
    ['anonymous on a name', { anonymous: true, host: 'mcp.example.com' }],
    ['with both', { anonymous: true, auth, resource: { authorizationServers } }],
    ['with an authenticator but no resource', { auth }],
    ['without canonical URL off loopback', { auth, resource: { authorizationServers }, host: '0.0.0.0' }],
    ['without an issuer in the metadata', { auth, resource: { authorizationServers: [] } }],
    [
      'on a plain HTTP URL that is not loopback, although bound to loopback',
      { auth, resource: { url: 'http://mcp.example.com/mcp', authorizationServers } },
    ],
    ['with an origin that is none', { anonymous: true, allowedOrigins: ['example.com'] }],
  ])('%s', async (_, options) => {
    await expect(serve([], { port: 0, serverInfo, ...options } as unknown as ServeOptions)).rejects.toThrow(TypeError);
  });

  it.each<[object, string]>([
    [{ maxBodyByte: 5 }, 'serve: maxBodyByte is no option of serve: did you mean maxBodyBytes?'],
    [{ denials: 'http429' }, 'serve: denials must be "escalate" or "http-429" or "tool-error"'],
    [{ port: '3000' }, 'serve: port must be a whole number from 0 to 65535'],
    [{ port: 65_536 }, 'serve: port must'],
    [{ port: Number.NaN }, 'serve: port must'],
    [{ sessions: 'redis' }, 'serve: sessions must be "none", "memory" or a store with open, touch and end'],
    [{ sessions: { open() {} } }, 'serve: sessions must'],
    [{ sessionBounds: { maxInAll: 0 } }, 'serve: sessionBounds is wrong: sessionBounds: maxInAll must be a positive'],
    [{ sessionBounds: { max: 5 } }, 'sessionBounds: max is no option of sessionBounds: did you mean maxPerOwner?'],
    [{ drain: { grace: 5 } }, 'drain: grace is no option of drain: did you mean graceMs?'],
    [{ ready: async () => {} }, 'serve: ready must be an array of functions'],
    [{ anonymous: undefined, auth, resource: {} }, 'resource: authorizationServers must be an array of strings'],
    [{ anonymous: undefined, auth: {}, resource: { authorizationServers } }, 'serve: auth lacks authenticate'],
    [
      { anonymous: undefined, auth, resource: { authorizationServers: [] } },
      '`resource.authorizationServers` must name at least one issuer',
    ],
    [
      { anonymous: undefined, auth, resource: { url: 'http://mcp.example.com/mcp', authorizationServers } },
      'the resource URL must be https: (http: on loopback only)',
    ],
    [{ serverInfo: { name: 'x' } }, 'serve: serverInfo must have a name and a version'],
  ])('with an option that is unknown or cannot work: %j', async (options, error) => {
    const given = { port: 0, serverInfo, anonymous: true, ...options } as unknown as ServeOptions;
    const attempt = serve([], given);
    await expect(attempt).rejects.toThrow(TypeError);
    await expect(attempt).rejects.toThrow(error);
  });

  it('without options', async () => {
    await expect(serve([], undefined as never)).rejects.toThrow('serve: the options must be an object');
  });

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'what to serve must be an array of tools'],
    ['null', null, 'what to serve must be an array of tools'],
    ['a promise', Promise.resolve([]), 'what to serve is a promise: await it'],
    ['a promise of a tool', [Promise.resolve()], 'what to serve: item 0 is a promise of a tool: await it'],
    ['the declaration of a tool', [{ name: 'x' }], 'what to serve: item 0 is no tool: make it with stack.tool'],
    ['a version that is none', { v1: undefined }, 'what to serve must be an array of tools'],
  ])('what is no tool: %s', async (_, content, error) => {
    const attempt = serve(content as never, { port: 0, serverInfo, anonymous: true });
    await expect(attempt).rejects.toThrow(TypeError);
    await expect(attempt).rejects.toThrow(error);
  });

  it('on a port that is taken', async () => {
    const { host } = await start();
    await expect(serve([], { port: host.port, serverInfo, anonymous: true })).rejects.toThrow('EADDRINUSE');
  });
});

describe('authentication', () => {
  it('no credentials: 401 with metadata and first scopes, without an error code', async () => {
    const { host, origin } = await start();
    const response = await post(host.url, call('echo'));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp", scope="mcp:tools:read"`,
    );
    expect(await response.json()).toMatchObject({
      jsonrpc: '2.0',
      id: null,
      error: { code: 401, data: { code: 'UNAUTHENTICATED' } },
    });
  });

  it.each([
    ['expired and without the scope', { expiresInSeconds: -60, scopes: [] }],
    ['for another server', { claims: { aud: 'https://other.test' } }],
    ['from another issuer', { claims: { iss: 'https://evil.test' } }],
  ])('a token that is %s: 401 invalid_token, before any scope is looked at', async (_, request) => {
    const { host, runs } = await start();
    const response = await post(host.url, call('write_note', { text: 'x' }), await issuer.mint(request));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/);
    expect(runs).toEqual([]);
  });

  it.each(['initialize', 'tools/list', 'ping', 'server/discover', 'notifications/initialized', 'nonsense'])(
    'every POST needs it: %s',
    async (method) => {
      const { host } = await start();
      expect((await post(host.url, { jsonrpc: '2.0', id: 1, method })).status).toBe(401);
    },
  );

  it('comes before the body is looked at', async () => {
    const { host } = await start();
    expect((await post(host.url, '{', undefined, { 'Content-Type': 'text/plain' })).status).toBe(401);
  });

  it('a token in the query string is ignored', async () => {
    const { host } = await start();
    const token = await issuer.mint();
    expect((await post(`${host.url}?access_token=${token}`, call('echo', { text: 'x' }))).status).toBe(401);
    expect((await post(`${host.url}?access_token=bad`, call('echo', { text: 'x' }), token)).status).toBe(200);
  });

  it('an issuer that cannot be reached is 503', async () => {
    const { jwtAuthenticator } = await import('@sallyport/auth');
    const keys = await issuer.serve();
    await keys.close();
    const { host, events } = await start({
      auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwksUrl: keys.url }),
      resource: { authorizationServers: [issuer.issuer] },
    });
    const response = await post(host.url, call('echo'), await issuer.mint());
    expect(response.status).toBe(503);
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(await response.json()).toMatchObject({
      error: { data: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true } },
    });
    expect(events).toContainEqual(
      expect.objectContaining({ level: 'warn', event: 'unauthenticated', kind: 'unavailable' }),
    );
  });

  it('an authenticator that breaks is 500 and shows nothing', async () => {
    const { host, events } = await start({
      auth: { authenticate: () => Promise.reject(new Error('password=hunter2')) },
      resource: { authorizationServers },
    });
    const response = await post(host.url, call('echo'), 'x');
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain('hunter2');
    const { errorId } = (JSON.parse(text) as { error: { data: { errorId: string } } }).error.data;
    expect(events).toContainEqual(expect.objectContaining({ event: 'fault', errorId, message: 'password=hunter2' }));
  });
});

describe('authorization at the edge', () => {
  it('a missing scope: 403 before the tool runs, naming every scope, with the id of the request', async () => {
    const { host, runs, origin } = await start();
    const { body, headers } = modernCall('refund', {}, 'id-7');
    const response = await post(host.url, body, await issuer.mint(), headers);
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", scope="billing:refund billing:read", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
    );
    expect(await response.json()).toMatchObject({
      id: 'id-7',
      error: { code: 403, data: { code: 'INSUFFICIENT_SCOPE', requiredScopes: ['billing:refund', 'billing:read'] } },
    });
    expect(runs).toEqual([]);
  });

  it('the answer is the same byte for byte, whichever token of the caller it is', async () => {
    const { host } = await start();
    const answers = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const scopes = i % 2 === 0 ? ['mcp:tools:read', 'mcp:resources:read'] : ['mcp:resources:read', 'mcp:tools:read'];
      const response = await post(host.url, call('write_note', { text: String(i) }), await issuer.mint({ scopes }));
      answers.add(`${response.headers.get('www-authenticate')} ${await response.text()}`);
    }
    expect([...answers]).toHaveLength(1);
  });

  it('for a caller on the 2025 protocol the challenge lists what it has and what it needs', async () => {
    const { host } = await start();
    const token = await issuer.mint({ scopes: ['mcp:tools:read', 'openid', 'offline_access'] });
    const response = await post(host.url, call('write_note', { text: 'x' }), token);
    expect(response.headers.get('www-authenticate')).toContain('scope="mcp:tools:read mcp:tools:write openid"');
  });

  it('a scope that includes the needed one is enough', async () => {
    const { host } = await start();
    const response = await post(host.url, call('echo', { text: 'x' }), await issuer.mint({ scopes: ['mcp:admin'] }));
    expect(response.status).toBe(200);
  });

  it('an unknown tool is the protocol’s own error', async () => {
    const { host } = await start();
    const response = await post(host.url, call('nothing'), await issuer.mint());
    expect(await message(response)).toMatchObject({ id: 1, error: { code: -32602 } });
  });

  it('calls with one token come from one principal object, in both eras', async () => {
    const { host, principals } = await start();
    const token = await issuer.mint();
    const { body, headers } = modernCall('whoami');
    await Promise.all(
      [post(host.url, body, token, headers), post(host.url, call('whoami'), token)].map(async (answer) =>
        (await answer).text(),
      ),
    );
    await (await post(host.url, call('whoami'), await issuer.mint())).text();
    expect(principals[1]).toBe(principals[0]);
    expect(principals[2]).not.toBe(principals[0]);
  });

  it('handlers see the principal, and the raw token nowhere', async () => {
    const { host } = await start();
    const token = await issuer.mint({ subject: 'agent-42' });
    const text = JSON.stringify(await message(await post(host.url, call('whoami'), token, { Cookie: `t=${token}` })));
    expect(text).toContain('agent-42');
    expect(text).not.toContain(token.split('.')[2]);
  });
});

describe('a denied or failed call', () => {
  it('is a tool error with HTTP 200, so that the model sees it', async () => {
    const { host } = await start();
    const response = await post(host.url, call('limited'), await issuer.mint());
    expect(response.status).toBe(200);
    const { result } = await message(response);
    expect(result).toMatchObject({
      isError: true,
      _meta: { 'dev.sallyport/error': { code: 'RATE_LIMITED', retryAfterMs: 4_200 } },
    });
  });

  it('shows nothing of a foreign exception', async () => {
    const { host } = await start();
    const text = JSON.stringify(await message(await post(host.url, call('fail'), await issuer.mint())));
    expect(text).toContain('INTERNAL');
    expect(text).not.toMatch(/hunter2|srv|db\.ts/);
  });
});

describe('metadata (RFC 9728)', () => {
  it('is at the path-inserted and the root location, with exactly the scopes of the tools', async () => {
    const { host, origin } = await start();
    for (const path of ['', '/mcp']) {
      const response = await fetch(`${origin}/.well-known/oauth-protected-resource${path}`);
      expect(await response.json()).toEqual({
        resource: host.url,
        authorization_servers: [issuer.issuer],
        scopes_supported: ['billing:read', 'billing:refund', 'mcp:tools:read', 'mcp:tools:write'],
        bearer_methods_supported: ['header'],
      });
    }
  });

  it('of /v1/mcp names /v1/mcp, and its challenge points there', async () => {
    const { origin } = await start();
    const url = `${origin}/.well-known/oauth-protected-resource/v1/mcp`;
    expect(await (await fetch(url)).json()).toMatchObject({ resource: `${origin}/v1/mcp` });
    const response = await post(`${origin}/v1/mcp`, call('echo'));
    expect(response.headers.get('www-authenticate')).toContain(`resource_metadata="${url}"`);
  });

  it('uses the canonical URL where one is given', async () => {
    const resource = { url: 'https://mcp.example.com/tools/mcp', authorizationServers: [issuer.issuer] };
    const { host, origin } = await start({ resource });
    const path = '/.well-known/oauth-protected-resource/tools/mcp';
    expect(await (await fetch(`${origin}${path}`)).json()).toMatchObject({ resource: resource.url });
    const response = await post(host.url, call('echo'));
    expect(response.headers.get('www-authenticate')).toContain(`resource_metadata="https://mcp.example.com${path}"`);
  });

  it('is not there for an open server', async () => {
    const { origin } = await start({ open: true });
    expect((await fetch(`${origin}/.well-known/oauth-protected-resource`)).status).toBe(404);
  });
});

describe('health and readiness', () => {
  it('answer without credentials and say nothing else', async () => {
    const { origin } = await start();
    expect(await (await fetch(`${origin}/health`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${origin}/ready`)).json()).toEqual({ status: 'ready' });
    expect((await fetch(`${origin}/health`, { method: 'HEAD' })).status).toBe(200);
  });

  it('not ready while a check fails, without saying which', async () => {
    const { origin, events } = await start({ ready: [() => {}, () => Promise.reject(new Error('db at 10.0.0.7'))] });
    const response = await fetch(`${origin}/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'not ready' });
    expect(events).toContainEqual(expect.objectContaining({ event: 'not-ready', message: 'db at 10.0.0.7' }));
    expect((await fetch(`${origin}/health`)).status).toBe(200);
  });
});

describe('an issuer that is down when the server starts', () => {
  const outage = async () => {
    const clock = new FakeClock(Date.now());
    const keys = await issuer.serve();
    onTestFinished(() => keys.close());
    keys.isDown = true;
    const ofIssuer = { issuer: issuer.issuer, audience: issuer.audience, clock };
    const auth = jwtAuthenticator({ ...ofIssuer, jwksUrl: keys.url });
    const { host, origin, events } = await start({
      auth,
      resource: { authorizationServers: [issuer.issuer] },
      clock,
    } as Partial<ServeOptions>);
    const ready = async () => (await fetch(`${origin}/ready`)).status;
    const called = async () =>
      (await post(host.url, call('echo'), await issuer.mint({ expiresInSeconds: 86_400 }))).status;
    return { clock, keys, events, ready, called };
  };

  it('keeps it out until the issuer is there, at most 5 seconds longer', async () => {
    const { clock, keys, events, ready, called } = await outage();
    expect(await ready()).toBe(503);
    expect(await called()).toBe(503);
    expect(events).toContainEqual(expect.objectContaining({ event: 'not-ready', name: 'AuthError' }));
    await clock.advance(60_000);
    expect(await ready()).toBe(503);
    keys.isDown = false;
    await clock.advance(5_000);
    expect(await ready()).toBe(200);
    expect(await called()).toBe(200);
  });

  it('and goes away again leaves it ready: the keys are in memory', async () => {
    const { clock, keys, ready, called } = await outage();
    keys.isDown = false;
    expect(await ready()).toBe(200);
    keys.isDown = true;
    for (let hour = 0; hour < 12; hour++) {
      await clock.advance(3_600_000);
      expect(await ready()).toBe(200);
    }
    expect(await called()).toBe(200);
  });
});

describe('an open server', () => {
  it('runs every tool for a caller without token', async () => {
    const { host } = await start({ open: true });
    expect(await message(await post(host.url, call('write_note', { text: 'x' })))).toMatchObject({
      result: { content: [{ text: 'written' }] },
    });
  });
});
