import { setTimeout as wait } from 'node:timers/promises';
import { type ServedKeys, type TokenIssuer, type TokenRequest, tokenIssuer } from '@sallyport/testkit';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clientNames, clients } from './support/clients.js';
import { codeOf } from './support/example-calls.js';
import { type ExampleServer, startExample } from './support/example-server.js';
import { send } from './support/raw-http.js';
import { until } from './support/until.js';

const audience = 'https://mcp.example.com/mcp';
const issuerEnv = { AUTH_ISSUER: 'https://login.example.com', AUTH_AUDIENCE: audience };
let issuer: TokenIssuer;
let keys: ServedKeys;
let server: ExampleServer;

beforeAll(async () => {
  issuer = await tokenIssuer({ issuer: issuerEnv.AUTH_ISSUER, audience });
  keys = await issuer.serve();
  const env = {
    ...issuerEnv,
    AUTH_JWKS_URL: keys.url,
    AUTH_TENANT_CLAIM: 'org',
    AUTH_PLAN_CLAIM: 'tier',
  };
  server = await startExample(env, undefined, 'with more');
});
afterAll(async () => {
  await server.stop();
  await keys.close();
});

test('an instance whose issuer is down when it starts is not ready until the issuer comes, and is ready still when that goes away', async () => {
  const late = await issuer.serve();
  onTestFinished(() => late.close());
  late.isDown = true;
  const instance = await startExample({ ...issuerEnv, AUTH_JWKS_URL: late.url });
  onTestFinished(async () => void (await instance.stop()));
  const status = async () => (await fetch(new URL('/ready', instance.url))).status;
  expect(await status()).toBe(503);
  late.isDown = false;
  await until(async () => (await status()) === 200, 15_000);
  late.isDown = true;
  // The outcome of the checks is kept for a second.
  await wait(1_100);
  expect(await status()).toBe(200);
});

/** A token as this issuer makes them: the tenant in `org`, the plan in `tier`; `tenant` and `plan` are somebody else's. */
const mint = ({ claims, ...request }: TokenRequest = {}) =>
  issuer.mint({ tenant: 'not this', plan: 'nor this', ...request, claims: { org: 'acme', tier: 'gold', ...claims } });

async function status(token: string | undefined, tool = 'list_tables') {
  const { status, headers } = await send(server.url, {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: {} } }),
  });
  return { status, challenge: String(headers['www-authenticate']) };
}

describe('the example behind an authorization server', () => {
  test('prints no development token, and keeps no key', () => {
    expect(server.output.stdout).toMatch(/^ready http:\/\/\S+\/mcp\n$/);
  });

  test.each(clientNames)('takes tenant and plan from the claims that are configured: %s', async (name) => {
    const client = await clients[name]({ url: server.url, token: await mint({ subject: 'robot' }) });
    const { structuredContent } = await client.call('whoami');
    expect(structuredContent).toEqual({
      issuer: issuer.issuer,
      subject: 'robot',
      tenant: 'acme',
      plan: 'gold',
      scopes: ['mcp:tools:read'],
    });
    const sql = 'select distinct tenant_id from invoices';
    expect(await client.call('run_query', { sql })).toMatchObject({ structuredContent: { rows: [['acme']] } });
    await client.close();
  });

  test('keeps tenants apart by that claim', async () => {
    const client = await clients['1.x client']({
      url: server.url,
      token: await mint({ subject: 'spy', claims: { org: 'globex', tenant: 'acme' } }),
    });
    const counted = await client.call('run_query', {
      sql: "select count(*)::int from invoices where tenant_id = 'acme'",
    });
    expect(counted.structuredContent).toMatchObject({ rows: [[0]] });
    await client.close();
  });

  // Before somebody asks for keys that are not there: those are fetched for only now and then.
  test('a new key of the issuer is found', async () => {
    await issuer.rotate();
    expect((await status(await mint({ subject: 'later' }))).status).toBe(200);
  });

  test.each([
    ['names no tenant', undefined],
    ['names a tenant that is none', 'a/b c'],
    ['names several', ['acme', 'globex']],
    ['names an object', { id: 'acme' }],
  ])('a token that %s reaches nothing', async (_, org) => {
    const token = await mint({ subject: 'homeless', claims: { org } });
    const answer = await status(token);
    if (answer.status === 200) {
      const client = await clients['1.x client']({ url: server.url, token });
      expect(codeOf(await client.call('list_tables'))).toBe('TENANT_FORBIDDEN');
      await client.close();
    } else expect([401, 403]).toContain(answer.status);
  });

  const bad: readonly (readonly [string, TokenRequest])[] = [
    ['expired', { expiresInSeconds: -120 }],
    ['expired, and without the scope', { expiresInSeconds: -120, scopes: [] }],
    ['for another audience', { claims: { aud: 'https://other.example/mcp' } }],
    ['for the development audience', { claims: { aud: 'urn:sallyport:development' } }],
    ['of another issuer', { claims: { iss: 'https://other.example' } }],
    ['of the development issuer', { claims: { iss: 'http://localhost/sallyport-development' } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['without an expiry', { claims: { exp: undefined } }],
    ['not an access token', { header: { typ: 'JWT' } }],
    ['unsigned in name', { header: { kid: 'nobody' } }],
  ];
  test.each(bad)('a token that is %s is refused with 401', async (_, request) => {
    const answer = await status(await mint(request), 'create_invoice');
    expect(answer).toMatchObject({ status: 401, challenge: expect.stringContaining('error="invalid_token"') });
  });

  test('a token of the development issuer is refused', async () => {
    expect((await status(await server.token('acme'))).status).toBe(401);
  });

  test('a read token on a write is 403 and names the scope', async () => {
    const answer = await status(await mint(), 'create_invoice');
    expect(answer).toMatchObject({ status: 403, challenge: expect.stringContaining('mcp:tools:write') });
  });

  test('without a token the challenge leads to metadata that names the issuer', async () => {
    const { status: code, challenge } = await status(undefined);
    expect(code).toBe(401);
    expect(challenge).toContain('resource_metadata="');
    const metadata = await send(new URL('/.well-known/oauth-protected-resource/mcp', server.url).href, {
      method: 'GET',
    });
    expect(JSON.parse(metadata.text)).toMatchObject({ resource: audience, authorization_servers: [issuer.issuer] });
  });
});
