import type { AdmissionRequest, WindowLimit } from '@sallyport/core';
import { budgetContract } from '@sallyport/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connected } from '../test-rig/admission-on.js';
import { admitText, budgetsOn } from '../test-rig/budgets-on.js';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { admissionKeys, admissionScripts, withdrawArguments } from './admission-scripts.js';
import { keyLayout } from './key-layout.js';
import { redisAdmission } from './redis-admission.js';

const month: WindowLimit = {
  key: 'a month',
  reached: '10 per month',
  limit: 10,
  windowMs: 31 * 86_400_000,
  calendar: 'month',
  cost: 1,
};
const request = (id: string): AdmissionRequest => ({
  id,
  tenant: 'acme',
  windows: [month],
  leases: [],
  leaseMs: 1_000,
});

describeWithRedis('budgets on Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  describe('keep the contract', () => {
    for (const { title, prove } of budgetContract(() => budgetsOn(server.url))) test(title, prove);
  });

  test.each<[bug: string, in_: RegExp, right: string, wrong: string]>([
    ['every fourth year is a leap year', /with each month/, '- math.floor((year - 1901) / 100)', ''],
    [
      'a budget is charged although another limit refuses',
      /changes no other counter/,
      'if known or which > 0 then return reply end',
      '',
    ],
    [
      'what was spent in a period that has begun is forgotten',
      /gives nothing twice/,
      'if last ~= starts then',
      'if true then',
    ],
    [
      'a clock that is set back forgives',
      /forgives nothing/,
      'if not packed or now >= ends then total = 0 end',
      'total = 0',
    ],
    ['it renews a day after', /renews at midnight/, 'return day * dayMs, (day + 1) * dayMs', 'return now, now + dayMs'],
  ])('the contract finds a seeded bug: %s', async (_bug, title, right, wrong) => {
    const admit = admitText();
    expect(admit).toContain(right);
    const rules = budgetContract(() => budgetsOn(server.url, admit.replace(right, wrong)));
    await expect(rules.find((rule) => title.test(rule.title))?.prove()).rejects.toMatchObject({
      name: 'AssertionError',
    });
  });

  test('a thousand calls from four instances at once get exactly what is left, by the server’s own calendar', async () => {
    const own = { ...month, key: 'shared', limit: 137 };
    const instances = await Promise.all(Array.from({ length: 4 }, () => connected(server.url, 5_000)));
    const stores = instances.map((redis) => redisAdmission(redis));
    const calls = Array.from({ length: 1_000 }, (_, call) =>
      stores[call % 4]?.admit({ ...request(`call ${call}`), windows: [own] }),
    );
    const admitted = (await Promise.all(calls)).filter((decided) => decided?.admitted === true);
    expect(admitted).toHaveLength(137);
    for (const redis of instances) redis.disconnect();
  });

  test('a call that is withdrawn gives back what it took from a budget, once', async () => {
    const redis = await connected(server.url, 5_000);
    const store = redisAdmission(redis, { prefix: 'withdrawn:' });
    const { withdraw } = admissionScripts(redis);
    const undo = (sent: AdmissionRequest) =>
      withdraw(admissionKeys(keyLayout('withdrawn:'), sent), withdrawArguments(sent));
    await store.admit(request('stays'));
    expect((await store.admit(request('goes'))).remaining).toEqual([8]);
    expect(await undo(request('goes'))).toBe(1);
    expect(await undo(request('goes'))).toBe(0);
    expect((await store.admit(request('next'))).remaining).toEqual([8]);
    redis.disconnect();
  });

  test('what a budget keeps is gone when its period is over', async () => {
    const redis = await connected(server.url, 5_000);
    await redisAdmission(redis, { prefix: 'ends:' }).admit(request('one'));
    const [seconds = 0] = (await redis.time()).map(Number);
    const at = new Date(seconds * 1_000);
    const ends = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
    const left = await redis.pttl(keyLayout('ends:')('acme', 'window', month.key));
    expect(Math.abs(seconds * 1_000 + left - ends)).toBeLessThan(10_000);
    redis.disconnect();
  });
});
