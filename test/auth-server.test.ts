import { createHash, randomBytes } from 'node:crypto';
import { DpopSession } from '@modelcontextprotocol/client';
import { type Authenticator, byIssuer, introspection, type JwtAuthenticator, jwtAuthenticator } from '@sallyport/auth';
import { hardened } from '@sallyport/core';
import { type Host, serve } from '@sallyport/http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type AuthorizationServer,
  authorizationServer,
  machine,
  opaquePath,
  redirectUri,
} from './support/authorization-server.js';
import { OAuthMemory, oauthClients } from './support/oauth-clients.js';
import { send } from './support/raw-http.js';

let issuer: AuthorizationServer;
let host: Host;
let jwt: JwtAuthenticator;
/** Why callers were not let in. */
const reasons: unknown[] = [];
const clock = { ahead: 0, now: () => Date.now() + clock.ahead };

beforeAll(async () => {
  issuer = await authorizationServer();
  const stack = hardened({ agentLimits: { perMinute: 10_000, perHour: 100_000, concurrent: 100 } });
  const input = z.object({});
  const tools = [
    stack.tool({
      name: 'whoami',
      description: 'Says who calls.',
      access: 'read',
      input,
      handler: (_, { principal, tenant }) => JSON.stringify({ ...principal, tenant }),
    }),
    stack.tool({
      name: 'write_note',
      description: 'Writes.',
      access: 'write',
      effects: 'natural',
      input,
      handler: () => 'written',
    }),
  ];
  let auth: Authenticator = { authenticate: () => Promise.reject(new Error('not yet')) };
  // Which audience it is, the port decides.
  const later: Authenticator = {
    authenticate: (header, request) => auth.authenticate(header, request),
    get dpopAlgorithms() {
      return auth.dpopAlgorithms ?? [];
    },
  };
  host = await serve(tools, {
    auth: later,
    resource: { authorizationServers: [issuer.issuer] },
    serverInfo: { name: 'oauth', version: '1.0.0' },
    port: 0,
    log: ({ event, reason }) => {
      if (event === 'unauthenticated') reasons.push(reason);
    },
  });
  jwt = jwtAuthenticator({
    issuer: issuer.issuer,
    audience: host.url,
    jwksUrl: `${issuer.issuer}/jwks`,
    dpop: 'accepted',
    dpopNonceKey: randomBytes(32),
    clock,
  });
  const opaque = introspection({
    endpoint: `${issuer.issuer}/token/introspection`,
    issuer: issuer.issuer,
    audience: `${host.url}${opaquePath}`,
    ...machine,
    clock,
  });
  auth = byIssuer([jwt], opaque);
});

afterAll(async () => {
  await host.close();
  await issuer.close();
});

async function call(token: string, name = 'whoami') {
  const answer = await send(host.url, {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } }),
  });
  return { status: answer.status, text: answer.text, challenge: String(answer.headers['www-authenticate']) };
}

async function machineToken(resource: string, scope = 'mcp:tools:read'): Promise<string> {
  const { body } = await issuer.form('/token', { grant_type: 'client_credentials', resource, scope });
  return String(body.access_token);
}

/** Registers a public client and goes through the code flow by hand. */
async function userTokens(
  scope: string,
  { verifier = randomBytes(32).toString('base64url'), resource = host.url } = {},
) {
  const registered = await fetch(`${issuer.issuer}/reg`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    }),
  });
  const { client_id: clientId } = (await registered.json()) as { client_id: string };
  const url = new URL(`${issuer.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    resource,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const callback = await issuer.browse(url);
  const code = callback.searchParams.get('code') ?? '';
  const token = async (form: Record<string, string>) => {
    const body = new URLSearchParams({ client_id: clientId, resource, ...form });
    const response = await fetch(`${issuer.issuer}/token`, { method: 'POST', body });
    return {
      status: response.status,
      ...((await response.json()) as { access_token?: string; refresh_token?: string }),
    };
  };
  const redeem = (codeVerifier = verifier) =>
    token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: codeVerifier });
  return { clientId, callback, token, redeem };
}

describe('tokens of a real authorization server', () => {
  test('authorization code with PKCE: a JWT for this resource (RFC 8707, RFC 9068)', async () => {
    const { redeem, clientId } = await userTokens('mcp:tools:read');
    const { access_token: token = '' } = await redeem();
    expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({ typ: 'at+jwt' });
    const { status, text } = await call(token);
    expect(status).toBe(200);
    for (const part of ['agent-1', clientId, issuer.issuer, 'mcp:tools:read', 'acme']) expect(text).toContain(part);
  });

  test('a wrong code verifier gets none', async () => {
    const { redeem } = await userTokens('mcp:tools:read');
    expect((await redeem(randomBytes(32).toString('base64url'))).status).toBe(400);
  });

  test('a token for another resource of the same issuer is refused', async () => {
    const { redeem } = await userTokens('mcp:tools:read', { resource: 'https://other.test/mcp' });
    expect((await call((await redeem()).access_token ?? '')).status).toBe(401);
  });

  test('client credentials: the client is the subject', async () => {
    const { status, text } = await call(await machineToken(host.url));
    expect(status).toBe(200);
    expect(text).toContain(machine.clientId);
  });

  test('refresh: the new token is good, a refresh token that was used is not', async () => {
    const { redeem, token } = await userTokens('mcp:tools:read');
    const { refresh_token: first = '' } = await redeem();
    const renewed = await token({ grant_type: 'refresh_token', refresh_token: first });
    expect((await call(renewed.access_token ?? '')).status).toBe(200);
    expect((await token({ grant_type: 'refresh_token', refresh_token: first })).status).toBe(400);
  });

  test('a token without the scope is 403 with a challenge', async () => {
    const { status, challenge } = await call(await machineToken(host.url), 'write_note');
    expect(status).toBe(403);
    expect(challenge).toContain('error="insufficient_scope", scope="mcp:tools:read mcp:tools:write"');
  });

  test('rotation of keys: tokens of the new and of the old key are good, with one more fetch', async () => {
    const old = await machineToken(host.url);
    expect((await call(old)).status).toBe(200);
    clock.ahead += 60_000;
    const fetches = issuer.keyFetches();
    await issuer.rotate();
    expect((await call(await machineToken(host.url))).status).toBe(200);
    expect((await call(old)).status).toBe(200);
    expect(issuer.keyFetches()).toBe(fetches + 1);
  });

  test('an issuer that is down: known keys verify, and the age of the keys grows', async () => {
    const token = await machineToken(host.url);
    issuer.down = true;
    clock.ahead += 60_000;
    expect((await call(token)).status).toBe(200);
    expect(jwt.jwksAgeMs()).toBeGreaterThanOrEqual(60_000);
    issuer.down = false;
  });

  test('introspection: an opaque token is good until it is revoked, and dead 5 seconds later', async () => {
    const token = await machineToken(`${host.url}${opaquePath}`);
    expect(token).not.toContain('.');
    expect((await call(token)).status).toBe(200);
    const revoked = await issuer.form('/token/revocation', { token });
    expect(revoked.status).toBe(200);
    clock.ahead += 5_000;
    const { status, challenge } = await call(token);
    expect(status).toBe(401);
    expect(challenge).toContain('error="invalid_token"');
  });

  test('introspection: an opaque token for another resource is refused', async () => {
    expect((await call(await machineToken(`https://other.test${opaquePath}`))).status).toBe(401);
  });

  test('introspection while the issuer is down is 503', async () => {
    const token = await machineToken(`${host.url}${opaquePath}`);
    issuer.down = true;
    expect((await call(token)).status).toBe(503);
    issuer.down = false;
  });
});

describe.each(Object.entries(oauthClients))('the official client %s', (name, make) => {
  test('goes from 401 through discovery, registration and consent to a successful call', async () => {
    const memory = new OAuthMemory();
    const client = make(host.url, memory);
    await expect(client.connect()).rejects.toThrow();
    const asked = memory.authorizationUrl;
    expect(asked?.searchParams.get('scope')).toBe('mcp:tools:read');
    expect(asked?.searchParams.get('resource')).toBe(host.url);
    expect(asked?.searchParams.get('code_challenge_method')).toBe('S256');
    await client.finish(await issuer.browse(asked as URL));
    await client.connect();
    expect(await client.names()).toEqual(['whoami']);
    expect((await client.call('whoami')).content[0]?.text).toContain('agent-1');
    await client.close();
  });

  test('refreshes a token that is no longer accepted, without asking the user', async () => {
    const memory = new OAuthMemory('public-refresh');
    const client = make(host.url, memory);
    await expect(client.connect()).rejects.toThrow();
    await client.finish(await issuer.browse(memory.authorizationUrl as URL));
    await client.connect();
    const before = memory.tokens();
    // As if it had expired.
    memory.saveTokens({ ...before, access_token: `${before?.access_token}x` });
    expect((await client.call('whoami')).isError).not.toBe(true);
    expect(memory.sent).toHaveLength(1);
    expect(memory.tokens()?.refresh_token).not.toBe(before?.refresh_token);
    await client.close();
  });

  test('steps up from read to write, and can still read', async () => {
    const memory = new OAuthMemory('public');
    const client = make(host.url, memory);
    await expect(client.connect()).rejects.toThrow();
    await client.finish(await issuer.browse(memory.authorizationUrl as URL));
    await client.connect();
    await expect(client.call('write_note')).rejects.toThrow();
    expect(memory.sent).toHaveLength(2);
    const asked = memory.authorizationUrl?.searchParams.get('scope')?.split(' ').sort();
    expect(asked).toEqual(['mcp:tools:read', 'mcp:tools:write']);
    await client.finish(await issuer.browse(memory.authorizationUrl as URL));
    expect((await client.call('write_note')).content[0]?.text).toBe('written');
    expect((await client.call('whoami')).isError).not.toBe(true);
    expect(await client.names()).toEqual(['whoami', 'write_note']);
    await client.close();
  });

  test(`with a refresh token ${name === '1.x' ? 'never steps up: it refreshes, and gives up' : 'steps up all the same'}`, async () => {
    const memory = new OAuthMemory('public-refresh');
    const client = make(host.url, memory);
    await expect(client.connect()).rejects.toThrow();
    await client.finish(await issuer.browse(memory.authorizationUrl as URL));
    await client.connect();
    await expect(client.call('write_note')).rejects.toThrow(name === '1.x' ? /upscoping/ : undefined);
    expect(memory.sent).toHaveLength(name === '1.x' ? 1 : 2);
    await client.close();
  });
});

describe('proof of possession (RFC 9449)', () => {
  test('an official 2.x client binds its token to a key and takes our nonce: with proofs it is let in, without it is not', async () => {
    reasons.length = 0;
    const memory = new OAuthMemory('public');
    const session = DpopSession.create();
    memory.dpop = () => session;
    const client = oauthClients['2.x on 2026-07-28'](host.url, memory);
    await expect(client.connect()).rejects.toThrow();
    await client.finish(await issuer.browse(memory.authorizationUrl as URL));
    await client.connect();
    for (let i = 0; i < 3; i++) expect((await client.call('whoami')).isError).not.toBe(true);
    // Once, for the nonce; every later proof carries it.
    expect(reasons.filter((reason) => reason === 'nonce')).toHaveLength(1);
    const token = memory.tokens()?.access_token ?? '';
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      cnf: { jkt: expect.any(String) },
    });
    const { status, challenge } = await call(token);
    expect(status).toBe(401);
    expect(challenge).toMatch(/, DPoP error="invalid_dpop_proof", algs="/);
    await client.close();
  });
});
