import { setTimeout as sleep } from 'node:timers/promises';
import { hardened } from '@sallyport/core';
import { errorOf, testPrincipal } from '@sallyport/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { redisAdmission } from '../src/redis-admission.js';
import { connected } from '../test-rig/admission-on.js';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';

describeWithRedis('as MONITOR sees it', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  test('a call of the shipped stack, with six windows and two leases, is one command before its handler, the first call included', async () => {
    const redis = await connected(server.url, 2_000);
    const admission = redisAdmission(redis);
    await sleep(50);
    const seen: string[] = [];
    const watcher = new Redis(server.url);
    const monitor = await watcher.monitor();
    // Commands of a script are not sent by anybody.
    monitor.on('monitor', (_time: string, [command]: string[], source: string) => {
      if (source !== 'lua' && command !== undefined) seen.push(command.toLowerCase());
    });
    const probe = new Redis(server.url);
    /** Commands so far: MONITOR tells of them in order, so when it tells of this one it has told of all before. */
    const commands = async () => {
      await probe.set('seen', '1');
      while (!seen.includes('set')) await sleep(1);
      return seen.splice(0).filter((command) => /^eval/.test(command) || command === 'time');
    };
    await commands();
    const before: string[][] = [];
    const stack = hardened({
      admission,
      agentLimits: { perMinute: 100, perHour: 100, concurrent: 5 },
      tenantLimits: { perMinute: 100, perHour: 100 },
    });
    const limits = { perMinute: 50, perHour: 50, concurrent: 5 };
    const read = stack.wrap({ kind: 'tool', name: 'read', access: 'read', limits }, async () => {
      before.push(await commands());
      return { content: [] };
    });
    const after: string[][] = [];
    for (let call = 0; call < 5; call++) {
      expect(errorOf(await read.call({ input: {}, auth: testPrincipal() }))).toBeUndefined();
      await sleep(20);
      after.push(await commands());
    }
    expect(before).toEqual([['eval'], ['evalsha'], ['evalsha'], ['evalsha'], ['evalsha']]);
    expect(after).toEqual([['eval'], ['evalsha'], ['evalsha'], ['evalsha'], ['evalsha']]);
    for (const client of [redis, probe, watcher, monitor]) client.disconnect();
  });
});
