import { type UsageEntry, utcDay } from '@sallyport/core';
import { connectRedis, redisReady, redisUsage } from '@sallyport/redis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { claimPorts } from './support/claim-ports.js';
import { sallyport } from './support/cli.js';
import { installed } from './support/installed.js';
import { createDatabase, postgresAnswers, type TestDatabase } from './support/postgres-database.js';
import { type RedisServer, startRedis } from './support/redis-server.js';

const canRun = (await postgresAnswers()) && installed('redis-server');
const today = utcDay(Date.now());
const took = { handlerMs: 1_500, inputTokens: 10, outputTokens: 20 };
const entries: readonly UsageEntry[] = [
  { tenant: 'acme', issuer: 'i', agent: 'one', tool: 'report', calls: 3, cost: 30, ...took },
  { tenant: 'acme', issuer: 'i', agent: 'two', tool: 'stock', calls: 9, cost: 9, ...took },
  { tenant: 'globex', issuer: 'i', agent: 'three', tool: 'stock', calls: 50, cost: 50, ...took },
];

describe.skipIf(!canRun)('usage, from a real Postgres and a real Redis', () => {
  let redis: RedisServer;
  let database: TestDatabase;
  let sources: [name: string, args: string[], env: Record<string, string>][];
  beforeAll(async () => {
    const [port = 0] = await claimPorts(1);
    [redis, database] = await Promise.all([startRedis(port), createDatabase()]);
    const connection = connectRedis(redis.url, { commandTimeoutMs: 5_000 });
    await vi.waitFor(() => redisReady(connection), 10_000);
    await redisUsage(connection).record({ source: 's', number: 1, day: today, entries });
    connection.disconnect();
    await database.query(`select sallyport.record_usage('s', 1, '${today}', 92, 1000, $1)`, [JSON.stringify(entries)]);
    const auditor = new URL(database.env.DATABASE_URL);
    auditor.username = 'sallyport_audit';
    sources = [
      ['Redis', ['--redis-url', redis.url], { DATABASE_AUDIT_URL: 'postgres://nobody@127.0.0.1:1/none' }],
      ['Postgres', [], { DATABASE_AUDIT_URL: auditor.href, REDIS_URL: 'redis://127.0.0.1:1' }],
    ];
  });
  afterAll(async () => {
    await Promise.all([redis.kill(), database.drop()]);
  });
  const read = async (args: readonly string[]) =>
    Promise.all(
      sources.map(async ([name, where, env]) => {
        const run = await sallyport(['usage', ...where, ...args], env);
        expect(run, name).toMatchObject({ code: 0, stderr: '' });
        return run.stdout;
      }),
    );

  test('the dearest agents come first, the same from both', async () => {
    const [fromRedis, fromPostgres] = await read([]);
    expect(fromRedis).toBe(
      [
        'tenant  issuer  agent  cost  calls  seconds  input tokens  output tokens',
        'globex  i       three  50    50     1.5      10            20',
        'acme    i       one    30    3      1.5      10            20',
        'acme    i       two    9     9      1.5      10            20\n',
      ].join('\n'),
    );
    expect(fromPostgres).toBe(fromRedis);
  });

  test('they are summed by tool or tenant, of one tenant, as JSON for programs', async () => {
    const [byTool, same] = await read(['--by', 'tool', '--tenant', 'acme', '--top', '1', '--days', '1', '--json']);
    expect(JSON.parse(byTool ?? '')).toEqual({
      from: today,
      to: today,
      by: 'tool',
      rows: [{ tool: 'report', calls: 3, cost: 30, ...took }],
    });
    expect(same).toBe(byTool);
    const [before] = await read(['--from', '2020-01-01', '--to', '2020-01-31']);
    expect(before).toBe('nobody spent anything in these days\n');
  });

  test('what cannot be read is 2, with one line of why', async () => {
    const runs = await Promise.all([
      sallyport(['usage']),
      sallyport(['usage', '--redis-url', redis.url, '--from', '2026-02-30']),
      sallyport(['usage', '--audit-url', 'postgres://a:secret@127.0.0.1:1/x']),
      sallyport(['usage', '--audit-url', database.env.DATABASE_URL]),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    const said = runs.map(({ stderr }) => stderr);
    expect(said[0]).toContain('--audit-url or --redis-url');
    expect(said[1]).toContain('2026-02-30 is no day');
    expect(said[2]).toContain('ECONNREFUSED');
    expect(said[3]).toContain('permission denied');
    for (const line of said) expect(line).toMatch(/^sallyport: (?!.*secret)[^\n]*\n$/);
  });
});
