import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExampleServer, emptyFolder, refusedStart, startExample } from './support/example-server.js';
import { send } from './support/raw-http.js';

let server: ExampleServer;
let folder: string;

beforeAll(async () => {
  folder = await emptyFolder();
  server = await startExample({}, folder);
});

afterAll(async () => {
  await server.stop();
});

const call = (name: string, args: object = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name, arguments: args } });

const headers = (token?: string) => ({
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2025-11-25',
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
});

/** A token of the development issuer with claims of the test's choice. */
async function forge(claims: Record<string, unknown>, typ = 'at+jwt'): Promise<string> {
  const jwk = JSON.parse(await readFile(join(folder, '.sallyport/development-key.json'), 'utf8')) as JWK;
  const good = await server.token('acme', { scope: 'mcp:tools:read' });
  const [protectedHeader = '', payload = ''] = good.split('.');
  const header = JSON.parse(Buffer.from(protectedHeader, 'base64url').toString()) as { kid: string; alg: string };
  const body = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), ...claims };
  return new SignJWT(body).setProtectedHeader({ ...header, typ }).sign(await importJWK(jwk, header.alg));
}

describe('401', () => {
  test('no token: metadata and scopes, and no error code', async () => {
    const answer = await send(server.url, { headers: headers(), body: call('list_tables') });
    expect(answer.status).toBe(401);
    const challenge = String(answer.headers['www-authenticate']);
    expect(challenge).toMatch(/^Bearer /);
    expect(challenge).toContain('resource_metadata="');
    expect(challenge).toContain('scope="');
    expect(challenge).not.toContain('error');
  });

  test('the metadata that the challenge names can be fetched, and names this resource', async () => {
    const { headers: found } = await send(server.url, { headers: headers(), body: call('list_tables') });
    const url = /resource_metadata="([^"]+)"/.exec(String(found['www-authenticate']))?.[1] ?? '';
    const metadata = await send(url, { method: 'GET' });
    expect(metadata.status).toBe(200);
    expect(JSON.parse(metadata.text)).toMatchObject({
      resource: server.url,
      scopes_supported: expect.arrayContaining(['mcp:tools:read', 'mcp:tools:write']),
    });
  });

  const past = Math.floor(Date.now() / 1000) - 3_600;
  test.each([
    ['an expired token', { exp: past, iat: past - 60 }],
    ['an expired token that also lacks the scope', { exp: past, iat: past - 60, scope: '' }],
    ['the wrong audience', { aud: 'https://other.example/mcp' }],
    ['no audience', { aud: undefined }],
    ['the wrong issuer', { iss: 'https://other.example' }],
    ['no subject', { sub: undefined }],
    ['no expiry', { exp: undefined }],
    ['not valid yet', { nbf: past + 7_200 }],
  ])('%s is invalid_token', async (_case, claims) => {
    const answer = await send(server.url, { headers: headers(await forge(claims)), body: call('create_invoice') });
    expect(answer.status).toBe(401);
    expect(String(answer.headers['www-authenticate'])).toContain('error="invalid_token"');
  });

  test('an ordinary JWT is not an access token', async () => {
    const answer = await send(server.url, { headers: headers(await forge({}, 'JWT')), body: call('list_tables') });
    expect(answer.status).toBe(401);
  });

  test('a token in the query string is not read', async () => {
    const token = await server.token('acme');
    const answer = await send(`${server.url}?access_token=${token}`, { headers: headers(), body: call('list_tables') });
    expect(answer.status).toBe(401);
  });
});

describe('403', () => {
  test('a read token on a write tool: the scope is named, before the tool runs, in a text that never varies', async () => {
    const token = await server.token('acme', { scope: 'mcp:tools:read' });
    const seen = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const answer = await send(server.url, { headers: headers(token), body: call('create_invoice', { nonsense: i }) });
      expect(answer.status).toBe(403);
      seen.add(String(answer.headers['www-authenticate']));
    }
    expect(seen.size).toBe(1);
    const [challenge = ''] = seen;
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toMatch(/scope="[^"]*mcp:tools:write/);
    expect(challenge).toContain('resource_metadata="');
  });

  test.each([
    ['an evil Origin', { origin: 'https://evil.example' }],
    ['an evil Host', { host: 'evil.example' }],
    ['the null Origin', { origin: 'null' }],
  ])('%s', async (_case, evil) => {
    const answer = await send(server.url, {
      headers: { ...headers(await server.token('acme')), ...evil },
      body: call('list_tables'),
    });
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toContain('application/json');
  });
});

describe('health', () => {
  test('health and readiness answer without a token and reveal nothing', async () => {
    for (const path of ['/health', '/ready']) {
      const answer = await send(new URL(path, server.url).href, { method: 'GET' });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toMatch(/postgres|pglite|node|version/i);
    }
  });

  test('health answers while the embedded database is busy', async () => {
    const token = await server.token('acme', { agent: 'sleeper' });
    const report = send(server.url, { headers: headers(token), body: call('slow_report', { seconds: 2 }) });
    const startedAt = performance.now();
    const answer = await send(new URL('/health', server.url).href, { method: 'GET' });
    expect(answer.status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect((await report).status).toBe(200);
  });
});

describe('start and stop', () => {
  test('SIGTERM ends the process with 0', async () => {
    const other = await startExample();
    expect(await other.stop()).toBe(0);
  });

  test('a port that is taken is refused with a message that names it, and the process ends', async () => {
    const { code, stderr } = await refusedStart({ PORT: new URL(server.url).port });
    expect(code).toBe(2);
    expect(stderr).toContain('PORT');
    expect(stderr).not.toContain('    at ');
  });

  test('a development key that is damaged is refused, and nothing of it is shown', async () => {
    const damaged = await emptyFolder();
    await mkdir(join(damaged, '.sallyport'));
    await writeFile(join(damaged, '.sallyport/development-key.json'), '{"kty":"EC","d":"hunter2');
    const refused: unknown = await startExample({}, damaged).catch((error: unknown) => error);
    expect(String(refused)).toMatch(/ended with 2 [\s\S]*\nThe server cannot start:\n.*is not a development key/);
    expect(String(refused)).not.toContain('hunter2');
  });

  test('only its owner can read the development key, and git does not see it', async () => {
    const key = await stat(join(folder, '.sallyport/development-key.json'));
    expect(key.mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, '.sallyport/.gitignore'), 'utf8')).toBe('*\n');
  });

  test('a token of one instance is good at another started from the same folder', async () => {
    const other = await startExample({}, folder);
    const answer = await send(other.url, { headers: headers(await server.token('acme')), body: call('list_tables') });
    expect(answer.status).toBe(200);
    await other.stop();
  });

  test('the printed lines work: two tokens, one for each tenant', () => {
    const tokens = server.output.stdout.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
    const tenants = tokens.map(
      (token) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).tenant as string,
    );
    expect(new Set(tenants)).toEqual(new Set(['acme', 'globex']));
  });
});
