import { createHash } from 'node:crypto';
import { type DenyList, jwtAuthenticator, memoryDenyList, revocable } from '@sallyport/auth';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { call, modernCall, modernList, post } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';

afterEach(stopAll);

const authorizationServers = [issuer.issuer];
const base = { issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() };
const write = ['mcp:tools:write'];

interface Message {
  readonly id?: unknown;
  readonly result?: { readonly tools?: { readonly name: string }[]; readonly cacheScope?: string };
  readonly error?: { readonly code: number; readonly message: string };
}

async function message(response: Response): Promise<Message> {
  const text = await response.text();
  return JSON.parse(text.startsWith('event:') ? (/^data: (.*)$/m.exec(text)?.[1] ?? '') : text) as Message;
}

const eras = [
  ['2025', { headers: {}, body: { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} } }],
  ['2026-07-28', modernList],
] as const;

describe.each(eras)('tools/list in the %s era', (_, list) => {
  const names = async (url: string, token: string) =>
    (await message(await post(url, list.body, token, list.headers))).result?.tools?.map(({ name }) => name);

  it('shows a caller the tools it may call, in the order of the server', async () => {
    const { host } = await start();
    const reads = ['echo', 'whoami', 'fail', 'limited', 'steps', 'wait'];
    expect(await names(host.url, await issuer.mint())).toEqual(reads);
    expect(await names(host.url, await issuer.mint({ scopes: write }))).toEqual([
      'echo',
      'write_note',
      ...reads.slice(1),
    ]);
    expect(await names(host.url, await issuer.mint({ scopes: ['billing:refund', 'billing:read'] }))).toEqual([
      'refund',
    ]);
    expect(await names(host.url, await issuer.mint({ scopes: ['billing:refund'] }))).toEqual([]);
  });

  it('is not mixed up between callers that ask at once', async () => {
    const { host } = await start();
    const counts = await Promise.all(
      Array.from(
        { length: 40 },
        async (__, i) => (await names(host.url, await issuer.mint({ scopes: i % 2 === 0 ? write : [] })))?.length,
      ),
    );
    expect(counts).toEqual(Array.from({ length: 40 }, (__, i) => (i % 2 === 0 ? 7 : 0)));
  });

  it('is never public: a shared cache would show it to others (caching)', async () => {
    const { host } = await start();
    const { result } = await message(await post(host.url, list.body, await issuer.mint(), list.headers));
    expect([undefined, 'private']).toContain(result?.cacheScope);
  });
});

describe('a tool the caller may not call', () => {
  const hiding = { resource: { authorizationServers, offeredScopes: ['mcp:tools:read', 'mcp:tools:write'] } };
  const forms: [string, (name: string) => { body: object; headers?: Record<string, string> }][] = [
    ['2025', (name) => ({ body: call(name) })],
    ['2026-07-28', (name) => modernCall(name)],
  ];

  it.each(forms)('answers as one that does not exist when its scopes are not offered: %s', async (_, form) => {
    const { host, events } = await start(hiding);
    const token = await issuer.mint({ scopes: write });
    const answers = await Promise.all(
      ['refund', 'no_such'].map(async (name) => {
        const { body, headers } = form(name);
        const response = await post(host.url, body, token, headers);
        const { error, id } = await message(response);
        return { status: response.status, id, code: error?.code, text: error?.message.replace(name, 'NAME') };
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ code: -32602 });
    expect(events).toContainEqual(expect.objectContaining({ event: 'forbidden', tool: 'refund', stepUp: false }));
  });

  it('runs for a caller who has the scopes all the same', async () => {
    const { host } = await start(hiding);
    const token = await issuer.mint({ scopes: ['billing:refund', 'billing:read'] });
    expect((await post(host.url, call('refund'), token)).status).toBe(200);
  });

  it('is named neither by the metadata nor by a challenge', async () => {
    const { host, origin } = await start(hiding);
    const metadata = await (await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`)).json();
    expect(metadata).toMatchObject({ scopes_supported: ['mcp:tools:read', 'mcp:tools:write'] });
    expect((await post(host.url, call('refund'))).headers.get('www-authenticate')).not.toContain('billing');
  });

  it('is logged with who asked, for what, and under which request id, so that a step-up can be traced', async () => {
    const { host, events } = await start();
    const token = await issuer.mint({ scopes: ['mcp:tools:read'] });
    expect((await post(host.url, call('write_note', { text: 'x' }, 'request-7'), token)).status).toBe(403);
    expect(events).toContainEqual({
      level: 'info',
      event: 'forbidden',
      code: 'INSUFFICIENT_SCOPE',
      tool: 'write_note',
      issuer: issuer.issuer,
      subject: 'agent-1',
      requestId: 'request-7',
      stepUp: true,
    });
  });

  it('offers a step-up when its scopes are offered', async () => {
    const { host } = await start(hiding);
    const response = await post(host.url, call('write_note', { text: 'x' }), await issuer.mint());
    expect(response.status).toBe(403);
  });

  it('nothing offered is refused at the start', async () => {
    await expect(start({ resource: { authorizationServers, offeredScopes: [] } })).rejects.toThrow(TypeError);
  });
});

describe('an issuer that wants scopes with a prefix', () => {
  it('finds it in the metadata and in both challenges', async () => {
    const { host, origin } = await start({ resource: { authorizationServers, scopePrefix: 'api://app/' } });
    const metadata = (await (await fetch(`${origin}/.well-known/oauth-protected-resource`)).json()) as {
      scopes_supported: string[];
    };
    expect(metadata.scopes_supported).toContain('api://app/mcp:tools:write');
    expect((await post(host.url, call('echo'))).headers.get('www-authenticate')).toContain(
      'scope="api://app/mcp:tools:read"',
    );
    const refused = await post(host.url, call('write_note', { text: 'x' }), await issuer.mint());
    expect(refused.headers.get('www-authenticate')).toContain(
      'scope="api://app/mcp:tools:read api://app/mcp:tools:write"',
    );
  });
});

describe('revocation', () => {
  const later = Date.now() + 3_600_000;

  it('a revoked token is 401 with the next request, although it was verified before', async () => {
    const denied = memoryDenyList();
    const { host } = await start({
      auth: revocable(jwtAuthenticator(base), denied),
      resource: { authorizationServers },
    });
    const token = await issuer.mint({ claims: { jti: 'stolen' } });
    expect((await post(host.url, call('echo', { text: 'x' }), token)).status).toBe(200);
    denied.revoke({ issuer: issuer.issuer, tokenId: 'stolen' }, later);
    const response = await post(host.url, call('echo', { text: 'x' }), token);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/);
  });

  it('a sensitive tool asks live and fails closed, an ordinary one may rely on the last answer', async () => {
    let answer: () => Promise<boolean> = () => Promise.resolve(false);
    const list: DenyList = { isRevoked: () => answer(), revoke() {}, reinstate: () => true };
    const { host } = await start({
      auth: revocable(jwtAuthenticator(base), list, { freshMs: 5_000 }),
      resource: { authorizationServers },
    });
    const token = await issuer.mint({ scopes: ['mcp:tools:read', 'billing:refund', 'billing:read'] });
    const status = async (name: string) => (await post(host.url, call(name, { text: 'x' }), token)).status;
    expect([await status('echo'), await status('refund')]).toEqual([200, 200]);
    answer = () => Promise.reject(new Error('store down'));
    expect([await status('echo'), await status('refund')]).toEqual([200, 503]);
    answer = () => Promise.resolve(true);
    expect([await status('refund'), await status('echo')]).toEqual([401, 401]);
  });
});

describe('proof of possession at the edge (RFC 9449)', () => {
  it('is offered after Bearer, and checked against the canonical URL', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const url = 'https://mcp.example.com/mcp';
    const { host, origin } = await start({
      auth: jwtAuthenticator({ ...base, dpop: 'required' }),
      resource: { url, authorizationServers },
    });
    const token = await issuer.mint({ claims: { cnf: { jkt: await calculateJwkThumbprint(jwk) } } });
    const proof = (htu: string) =>
      new SignJWT({
        jti: crypto.randomUUID(),
        htm: 'POST',
        htu,
        ath: createHash('sha256').update(token).digest('base64url'),
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(privateKey);
    const attempt = async (headers: Record<string, string>) =>
      post(host.url, call('echo', { text: 'x' }), undefined, headers);

    const metadata = await (await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`)).json();
    expect(metadata).toMatchObject({ dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']) });
    expect((await attempt({ Authorization: `DPoP ${token}`, DPoP: await proof(url) })).status).toBe(200);
    const none = await attempt({});
    expect(none.headers.get('www-authenticate')).toMatch(
      /^Bearer resource_metadata="[^"]+", scope="[^"]+", DPoP algs="[^"]*ES256/,
    );
    const elsewhere = await attempt({ Authorization: `DPoP ${token}`, DPoP: await proof(host.url) });
    expect(elsewhere.status).toBe(401);
    expect(elsewhere.headers.get('www-authenticate')).toMatch(
      /^Bearer resource_metadata="[^"]+", scope="[^"]+", DPoP error="invalid_dpop_proof", algs="/,
    );
    expect((await attempt({ Authorization: `Bearer ${token}` })).status).toBe(401);
  });
});
