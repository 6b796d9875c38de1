import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type UsageEntry, UsageMeter, utcDay } from '@sallyport/core';
import { testPrincipal, usageStoreContract } from '@sallyport/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connected } from '../test-rig/admission-on.js';
import { cutReplies } from '../test-rig/cut-replies.js';
import { type RedisCluster, startCluster } from '../test-rig/redis-cluster.js';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { usageOn } from '../test-rig/usage-on.js';
import { keyLayout } from './key-layout.js';
import { redisUsage } from './redis-usage.js';
import { scriptOf } from './script.js';

const took = { calls: 1, handlerMs: 5, inputTokens: 2, outputTokens: 3, cost: 1 };
const entry: UsageEntry = { tenant: 'acme', issuer: 'i', agent: 'a', tool: 't', ...took };
const today = utcDay(Date.now());
const range = { from: utcDay(Date.now() - 86_400_000), to: utcDay(Date.now() + 86_400_000) };

describeWithRedis('usage', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  describe('keeps the contract on a single Redis', () => {
    for (const { title, prove } of usageStoreContract(() => usageOn(server.url))) test(title, prove);
  });

  describe('keeps the contract on a Redis Cluster of three nodes', () => {
    let cluster: RedisCluster;
    beforeAll(async () => {
      cluster = await startCluster();
    }, 60_000);
    afterAll(() => cluster.stop());
    for (const { title, prove } of usageStoreContract(() => usageOn(cluster.urls))) test(title, prove);
  });

  test('four instances that count a thousand calls at once have them all, in one command a second and tenant', async () => {
    const prefix = 'four:';
    const instances = await Promise.all(Array.from({ length: 4 }, () => connected(server.url, 5_000)));
    const meters = instances.map((redis) => new UsageMeter(redisUsage(redis, { prefix })));
    const before = await calls(server.url);
    for (let call = 0; call < 1_000; call++) {
      const principal = testPrincipal({ subject: `agent-${call % 10}`, tenant: `tenant-${call % 2}` });
      meters[call % 4]?.tool('echo')(principal, took);
    }
    await Promise.all(meters.map((meter) => meter.close()));
    expect((await calls(server.url)) - before).toBeLessThanOrEqual(8);
    const [redis] = instances;
    if (redis === undefined) throw new Error('there is no instance');
    const rows = await redisUsage(redis, { prefix }).read({ ...range, by: 'agent' });
    expect(rows).toHaveLength(10);
    expect(rows.every((row) => row.calls === 100 && row.cost === 100)).toBe(true);
    for (const each of instances) each.disconnect();
  });

  test('a batch whose answer is cut off counts once', async () => {
    const proxy = await cutReplies(server.port);
    const [redis, direct] = [await connected(proxy.url, 1_000), await connected(server.url, 5_000)];
    const failures: unknown[] = [];
    const meter = new UsageMeter(redisUsage(redis, { prefix: 'cut:' }), {
      onFailure: (failure) => failures.push(failure),
    });
    const echo = meter.tool('echo');
    for (let round = 0; round < 20; round++) {
      echo(testPrincipal(), took);
      const cut = proxy.cutNextReply();
      await meter.flush();
      await cut;
      while (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
      await meter.flush();
    }
    expect(failures.length).toBeGreaterThanOrEqual(20);
    expect(await redisUsage(direct, { prefix: 'cut:' }).read({ ...range, by: 'agent' })).toMatchObject([{ calls: 20 }]);
    redis.disconnect();
    direct.disconnect();
    await proxy.close();
  });

  test('kill -9 loses what was not recorded yet, and nothing else', async () => {
    const script = fileURLToPath(new URL('../test-rig/usage-counter.ts', import.meta.url));
    const args = ['--import', import.meta.resolve('tsx'), script, server.url, 'killed:'];
    const counting = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    counting.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.length > 200) counting.kill('SIGKILL');
    });
    await once(counting, 'close');
    const last = Number(said.split('\n').at(-2));
    const redis = await connected(server.url, 5_000);
    const [row] = await redisUsage(redis, { prefix: 'killed:' }).read({ ...range, by: 'agent' });
    expect([last, last + 7]).toContain(row?.calls);
    redis.disconnect();
  });

  test.each([
    ['a number is not remembered', "call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])", '', 2],
    ['the bound is not kept', 'rows >= tonumber(ARGV[4])', 'false', 1],
  ])('a seeded bug is found: %s', async (bug, right, wrong, expected) => {
    const redis = await connected(server.url, 5_000);
    const text = readFileSync(new URL('../lua/record-usage.lua', import.meta.url), 'utf8');
    expect(text).toContain(right);
    const add = scriptOf(redis, `seeded ${bug}`, text.replace(right, wrong));
    const keys = [`{${bug}}:source`, `{${bug}}:day`];
    const send = (number: number, owner: string) =>
      add(keys, [number, 60_000, Date.now() + 60_000, 1, owner, 'rest', 1, 1, 1, 1, 1]);
    await send(1, 'a');
    await send(1, 'a');
    await send(2, 'b');
    const [a, rest] = [await redis.hgetBuffer(keys[1] ?? '', 'a'), await redis.hexists(keys[1] ?? '', 'rest')];
    expect([a?.readDoubleLE(0), rest]).toEqual([expected, bug === 'the bound is not kept' ? 0 : 1]);
    redis.disconnect();
  });

  test('a day is kept until its retention is over, and no key without an end', async () => {
    const redis = await connected(server.url, 5_000);
    const store = redisUsage(redis, { prefix: 'ends:', retentionDays: 10 });
    await store.record({ source: 's', number: 1, day: today, entries: [entry] });
    const ends = Number(await redis.pexpiretime(keyLayout('ends:')('acme', 'usage', today)));
    expect(ends).toBe(Date.parse(today) + 10 * 86_400_000);
    for (const key of await redis.keys('ends:*')) expect(await redis.pttl(key)).toBeGreaterThan(0);
    redis.disconnect();
  });

  test('services under other prefixes do not meet, whatever characters are in them', async () => {
    const redis = await connected(server.url, 5_000);
    const read = async (prefix: string) => (await redisUsage(redis, { prefix }).read({ ...range, by: 'agent' })).length;
    await redisUsage(redis, { prefix: 'one:' }).record({ source: 's', number: 1, day: today, entries: [entry] });
    expect(await Promise.all(['one:', 'on?:', '*', 'o[n]e:', 'two:'].map(read))).toEqual([1, 0, 0, 0, 0]);
    redis.disconnect();
  });
});

/** How often the script has run on the server. */
async function calls(url: string): Promise<number> {
  const redis = await connected(url, 5_000);
  const stats = await redis.info('commandstats');
  redis.disconnect();
  return ['eval', 'evalsha'].reduce(
    (sum, name) => sum + Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0),
    0,
  );
}
