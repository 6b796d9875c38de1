import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { hardened, localFallback } from '@sallyport/core';
import { observe, serveMetrics } from '@sallyport/observe';
import { testPrincipal } from '@sallyport/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { claimPorts } from './support/claim-ports.js';
import { exampleModule, sallyport } from './support/cli.js';
import { type ExampleServer, startExample } from './support/example-server.js';
import { installed } from './support/installed.js';
import { createDatabase, postgresAnswers, type TestDatabase } from './support/postgres-database.js';
import { type RedisServer, startRedis } from './support/redis-server.js';

const ownedTools = fileURLToPath(new URL('support/owned-tools.ts', import.meta.url));

interface Finding {
  readonly level: string;
  readonly subject: string;
  readonly what: string;
  readonly fix?: string;
}

/** `subject: what` of the findings of one level. */
async function found(args: readonly string[], env: Record<string, string> = {}) {
  const run = await sallyport(['doctor', '--json', ...args], env);
  const { findings } = JSON.parse(run.stdout || '{"findings":[]}') as { findings: Finding[] };
  const of = (level: string) => findings.filter((one) => one.level === level);
  return {
    ...run,
    findings,
    of,
    said: (level: string) =>
      of(level)
        .map(({ subject, what }) => `${subject}: ${what}`)
        .join('\n'),
  };
}

const canRun = (await postgresAnswers()) && installed('redis-server');

describe.skipIf(!canRun)('doctor, on a real Postgres and a real Redis', () => {
  let redis: RedisServer;
  let database: TestDatabase;
  let example: ExampleServer;
  let env: Record<string, string>;
  let control: Redis;
  beforeAll(async () => {
    const [port = 0] = await claimPorts(1);
    [redis, database] = await Promise.all([startRedis(port), createDatabase()]);
    env = { ...database.env, REDIS_URL: redis.url, REDIS_INSTANCES: '2' };
    control = new Redis(redis.url);
    example = await startExample(env);
  });
  afterAll(async () => {
    control.disconnect();
    await example.stop();
    await Promise.all([redis.kill(), database.drop()]);
  });

  test('the example as it is shipped has nothing that must be fixed', async () => {
    const run = await found([exampleModule, '--url', example.url], env);
    expect(run.said('error') + run.said('unchecked')).toBe('');
    expect(run.code).toBe(0);
    const ok = run.said('ok');
    for (const what of [
      'postgres: its logins cannot step around row-level security',
      'postgres: the pool of 10 carries 2 agents × 5 calls at once = 10',
      'postgres: shed lets up to 40 calls run at once, on a pool of 10',
      'postgres: 2 instances × 13 connections = 26',
      'postgres: the clock of Postgres agrees',
      'redis: the clock of Redis agrees',
      'server: /ready',
      'server: /metrics is not on the public listener',
      'server: without a token it answers 401',
      'server: its answers carry the security headers',
      'server: pages of other origins are refused',
      'server: it answers under its own name only',
      'server: the clock of the server agrees',
    ]) {
      expect(ok).toContain(what);
    }
    // The Redis of the tests keeps nothing on disk.
    expect(run.said('warning')).toContain('redis: it keeps no append-only file');
  });

  test('a pool that is too small, and instances that ask for more connections than there are, are named with the sum', async () => {
    const run = await found(['--pool', '10', '--agents', '40', '--instances', '50'], env);
    expect(run.code).toBe(1);
    expect(run.said('error')).toContain('the pool has 10 connections, and 40 agents × 5 calls at once make 200');
    expect(run.said('error')).toContain('50 instances × 10 connections = 500');
    expect(run.of('error').map(({ fix }) => fix)).toContainEqual(
      expect.stringContaining("raise the pool's max to 200"),
    );
  });

  test('a server whose pool is exhausted before it sheds anything is warned, with both numbers and better bounds', async () => {
    const run = await found([ownedTools, '--pool', '10'], database.env);
    expect(run.of('warning')).toEqual([
      expect.objectContaining({
        what: expect.stringContaining('shed lets up to 2000 calls run at once, on a pool of 10:'),
        fix: expect.stringContaining('maxLimit 40'),
      }),
    ]);
  });

  test('a login that could step around row-level security, and a table without it, are named with the statement that mends it', async () => {
    await database.query('alter table orders no force row level security');
    const run = await found([], database.env);
    expect(run.stdout).not.toContain('sallyport-tests');
    await database.query('alter table orders force row level security');
    expect(run.code).toBe(1);
    expect(run.of('error')).toEqual([
      expect.objectContaining({
        what: expect.stringContaining('orders holds tenant_id'),
        fix: expect.stringContaining('ALTER TABLE orders'),
      }),
    ]);
    const superuser = new URL(process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres');
    superuser.pathname = new URL(database.env.DATABASE_URL).pathname;
    const asSuperuser = await found(['--database-url', superuser.href]);
    expect(asSuperuser.code).toBe(1);
    expect(asSuperuser.said('error')).toContain('a superuser');
  });

  test('a Redis that evicts is named with the command that mends it', async () => {
    await control.config('SET', 'maxmemory', '100mb');
    await control.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const run = await found(['--redis-url', redis.url]);
    await control.config('SET', 'maxmemory-policy', 'noeviction');
    expect(run.code).toBe(1);
    expect(run.of('error')[0]).toMatchObject({
      subject: 'redis',
      fix: expect.stringContaining('CONFIG SET maxmemory-policy'),
    });
    await control.config('SET', 'appendonly', 'yes');
    const mended = await found(['--redis-url', redis.url]);
    await control.config('SET', 'appendonly', 'no');
    expect(mended.code).toBe(0);
    expect(mended.said('warning')).toBe('');
  });

  test('as text, what must be fixed comes first, with what to do, and without colours where nobody looks', async () => {
    const run = await sallyport(['doctor', '--agents', '40', '--database-url', database.env.DATABASE_URL]);
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/^FIX {10}postgres: the pool has 10 connections.*\n {13}-> raise/);
    expect(run.stdout).toMatch(/\n1 error, 0 unchecked, 0 warning, \d ok\n$/);
    expect(run.stdout).not.toContain('\u001b');
    expect(run.stderr).toBe('checking Postgres …\n');
  });
});

describe('doctor, at servers that are not as they should be', () => {
  /** A server that anybody may read, hours ahead, and its own issuer of other keys. */
  const open = createServer((request, response) => {
    const { origin } = new URL(`http://${request.headers.host}`);
    response.setHeader('Date', new Date(Date.now() + 3_600_000).toUTCString());
    const answers: Record<string, [number, string]> = {
      '/metrics': [200, '# HELP a b\n# TYPE a gauge\na 1\n'],
      '/ready': [503, '{}'],
      '/health': [200, '{}'],
      '/mcp': [200, '{"jsonrpc":"2.0","id":1,"result":{}}'],
      '/jwks': [200, '{"keys":[{"kty":"oct","k":"x"}]}'],
      '/good-jwks': [200, '{"keys":[{"kty":"EC"}]}'],
      '/.well-known/oauth-authorization-server': [
        200,
        JSON.stringify({ issuer: 'https://other.example', jwks_uri: origin }),
      ],
    };
    const [status, text] = answers[request.url ?? ''] ?? [404, ''];
    response.writeHead(status).end(text);
  });
  let origin: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => open.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(open.address() as AddressInfo).port}`;
  });
  afterAll(() => open.close());

  test('each door that is open is an error of its own', async () => {
    const run = await found(['--url', `${origin}/mcp`]);
    expect(run.code).toBe(1);
    const errors = run.said('error');
    expect(errors).toContain('/health answers 200 with something else');
    expect(errors).toContain('/ready answers 503');
    expect(errors).toContain('/metrics is on the public listener');
    expect(errors).toContain('a page of another origin is answered 200');
    expect(errors).toContain('under a foreign Host it answers');
    expect(errors).toMatch(/the clock of the server is 3\d{3} s ahead of that of this machine/);
    expect(run.said('warning')).toContain('it answers callers without a token');
    expect(run.said('warning')).toContain('its answers lack cache-control');
    expect(run.of('error').every(({ fix }) => fix !== undefined)).toBe(true);
  });

  test('an issuer without a usable key, and one that calls itself otherwise, are errors', async () => {
    const without = await found(['--issuer', origin, '--jwks-url', `${origin}/jwks`]);
    expect(without.said('error')).toContain('/jwks has no public key');
    expect(without.said('error')).toContain('names the issuer https://other.example');
    const elsewhere = await found(['--issuer', 'https://other.example', '--jwks-url', `${origin}/nothing`]);
    expect(elsewhere.said('error')).toContain('/nothing answers 404');
    expect([without.code, elsewhere.code]).toEqual([1, 1]);
  });

  test('what the metrics say of stores, dependencies and keys is said', async () => {
    const broken = { admit: () => Promise.reject(new Error('down')), renew: async () => {}, release: async () => {} };
    const telemetry = observe({ log: false });
    const stack = hardened({
      observe: telemetry,
      admission: localFallback(broken, 1, { failures: 1, onMode: () => {} }),
    });
    const tool = stack.tool({
      name: 'x',
      description: 'x',
      access: 'read',
      depends: 'shop',
      input: z.object({}),
      handler: () => 'x',
    });
    await tool.call({ input: {}, auth: testPrincipal() });
    telemetry.publish('auth', () => [
      {
        name: 'jwks_age_seconds',
        help: 'x',
        kind: 'gauge',
        value: 80_000,
        labels: { issuer: 'https://login.example.com' },
      },
    ]);
    const listener = await serveMetrics(telemetry, { port: 0 });
    const run = await found(['--admin-url', new URL('/', listener.url).href]);
    await listener.close();
    await telemetry.close();
    expect(run.code).toBe(1);
    expect(run.said('error')).toContain('the shared store of limits cannot be reached');
    expect(run.said('error')).toContain('the keys of https://login.example.com are 1333 minutes old');
    expect(run.said('ok')).toContain('shop works');
    const other = await found(['--admin-url', `${origin}/metrics`]);
    expect(other.said('error')).toContain('is no page of metrics of Sallyport');
  });

  test('what does not answer is 2, in one line each, and the rest is checked all the same', async () => {
    const [port = 0] = await claimPorts(1);
    const nowhere = `127.0.0.1:${port}`;
    const run = await found([
      ...[
        '--url',
        `http://${nowhere}/mcp`,
        '--admin-url',
        `http://${nowhere}`,
        '--redis-url',
        `redis://:secret@${nowhere}`,
      ],
      ...['--database-url', `postgres://app:secret@${nowhere}/shop`, '--jwks-url', `${origin}/good-jwks`],
    ]);
    expect(run.code).toBe(2);
    expect(run.of('unchecked').map(({ subject }) => subject)).toEqual(['postgres', 'redis', 'server', 'metrics']);
    expect(run.said('unchecked')).toMatch(/^(?:.*ECONNREFUSED.*\n?){4}$/);
    expect(run.said('ok')).toContain('has 1 public key');
    expect(run.stdout + run.stderr).not.toMatch(/secret|\bat .*:\d+:\d+/);
  });
});
