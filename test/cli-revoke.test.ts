import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimPorts } from './support/claim-ports.js';
import { sallyport } from './support/cli.js';
import { type ExampleServer, startExample } from './support/example-server.js';
import { installed } from './support/installed.js';
import { createDatabase, postgresAnswers, type TestDatabase } from './support/postgres-database.js';
import { type RedisServer, startRedis } from './support/redis-server.js';

const canRun = (await postgresAnswers()) && installed('redis-server');

describe.skipIf(!canRun)('revoke, on the Redis of a running server', () => {
  let redis: RedisServer;
  let database: TestDatabase;
  let example: ExampleServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    const [port = 0] = await claimPorts(1);
    [redis, database] = await Promise.all([startRedis(port), createDatabase()]);
    env = { REDIS_URL: redis.url };
    example = await startExample({ ...env, ...database.env });
  });
  afterAll(async () => {
    await example.stop();
    await Promise.all([redis.kill(), database.drop()]);
  });

  const claims = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      iss: string;
      jti: string;
      sub: string;
    };
  const status = async (token: string): Promise<number> => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2025-06-18',
    };
    return (await fetch(example.url, { method: 'POST', headers, body: JSON.stringify(message) })).status;
  };
  const refused = (token: string) => expect.poll(() => status(token), { timeout: 5_000 }).toBe(401);

  test('a token, a subject and a tenant are refused by the server within seconds, and nobody else is', async () => {
    const [one, same, other, elsewhere] = await Promise.all([
      example.token('acme', { agent: 'one' }),
      example.token('acme', { agent: 'one' }),
      example.token('acme', { agent: 'other' }),
      example.token('globex', { agent: 'elsewhere' }),
    ]);
    const { iss, jti, sub } = claims(one);
    const reason = ['--for', '1h', '--reason', 'lost laptop'];

    const token = await sallyport(['revoke', 'token', jti, '--issuer', iss, ...reason], env);
    expect(token).toMatchObject({ code: 0, stderr: '' });
    expect(token.stdout).toMatch(/^revoked: token .* until 20.*Z; every instance refuses it within 5 seconds\n$/);
    await refused(one);
    expect(await status(same)).toBe(200);

    expect((await sallyport(['revoke', 'subject', sub, '--issuer', iss, '--for', '30m'], env)).code).toBe(0);
    await refused(same);
    expect(await status(other)).toBe(200);

    const tenant = await sallyport(['revoke', 'tenant', 'acme', '--for', '2h', '--json'], env);
    expect(JSON.parse(tenant.stdout)).toMatchObject({ entry: { tenant: 'acme' } });
    await refused(other);
    expect(await status(elsewhere)).toBe(200);

    const listed = JSON.parse((await sallyport(['revoke', 'list', '--json'], env)).stdout) as { revoked: object[] };
    expect(listed.revoked).toEqual([
      { entry: { issuer: iss, subject: sub }, until: expect.any(String) },
      { entry: { issuer: iss, tokenId: jti }, until: expect.any(String), reason: 'lost laptop' },
      { entry: { tenant: 'acme' }, until: expect.any(String) },
    ]);
    const asText = await sallyport(['revoke', 'list'], env);
    expect(asText.stdout).toMatch(/^until +revoked +reason\n/);
    expect(asText.stdout).toMatch(/^20\S+Z +token .* lost laptop$/m);
  });

  test('--undo takes exactly the entry back that it names, on the running server too', async () => {
    const [one, other] = await Promise.all([
      example.token('globex', { agent: 'undone' }),
      example.token('globex', { agent: 'undone' }),
    ]);
    const { iss, jti, sub } = claims(one);
    const subject = ['revoke', 'subject', sub, '--issuer', iss];
    const revoked = await Promise.all([
      sallyport([...subject, '--for', '1h'], env),
      sallyport(['revoke', 'token', jti, '--issuer', iss, '--for', '1h'], env),
      sallyport([...subject, '--undo', '--for', '1h'], env),
    ]);
    expect(revoked.map(({ code }) => code)).toEqual([0, 0, 2]);
    await refused(other);
    const undone = await sallyport([...subject, '--undo'], env);
    expect(undone).toMatchObject({ code: 0, stderr: '' });
    expect(undone.stdout).toMatch(/^taken back: subject .* within 5 seconds/);
    await expect.poll(() => status(other), { timeout: 5_000 }).toBe(200);
    expect(await status(one)).toBe(401);
    const again = await sallyport([...subject, '--undo', '--json'], env);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({ entry: { issuer: iss, subject: sub }, undone: false });
  });

  test('an empty list says so; what would revoke nobody is refused with 2 and nothing is stored', async () => {
    const elsewhere = ['--prefix', 'other:'];
    const over = await sallyport(['revoke', 'tenant', 'acme', '--until', '2020-01-01T00:00:00Z', ...elsewhere], env);
    expect(over.code).toBe(2);
    expect(over.stderr).toMatch(/^sallyport: --until .* is over already.*\n$/);
    expect((await sallyport(['revoke', 'tenant', '', '--for', '1h', ...elsewhere], env)).code).toBe(2);
    expect(await sallyport(['revoke', 'list', ...elsewhere], env)).toMatchObject({
      code: 0,
      stdout: 'nothing is revoked\n',
    });
  });
});
