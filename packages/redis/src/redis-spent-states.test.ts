import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { connectRedis } from './connect-redis.js';
import type { RedisClient } from './redis-client.js';
import { redisReady } from './redis-ready.js';
import { redisSpentStates } from './redis-spent-states.js';

describeWithRedis('spent states on Redis', () => {
  let server: RedisServer;
  const instances: RedisClient[] = [];

  beforeAll(async () => {
    server = await startRedis();
    for (let n = 0; n < 2; n++) instances.push(connectRedis(server.url, { commandTimeoutMs: 1_000 }));
    await Promise.all(instances.map((redis) => vi.waitFor(() => redisReady(redis), { timeout: 5_000 })));
  });
  afterAll(async () => {
    for (const redis of instances) redis.disconnect();
    await server.stop();
  });
  const states = () => instances.map((redis) => redisSpentStates(redis));
  const soon = () => Date.now() + 60_000;

  test('of 100 instances that read one state at once, one may', async () => {
    const [one, two] = states();
    const until = soon();
    const spent = await Promise.all(Array.from({ length: 100 }, (_, n) => (n % 2 ? one : two)?.spend('once', until)));
    expect(spent.filter(Boolean)).toHaveLength(1);
  });

  test('states do not meet, whatever their ids are', async () => {
    const [one] = states();
    for (const id of ['a', 'b', '', '{a}', 'a}', 'é\n']) expect(await one?.spend(id, soon())).toBe(true);
    expect(await one?.spend('{a}', soon())).toBe(false);
  });

  test('one is remembered until its time and no longer', async () => {
    const [one, two] = states();
    const until = Date.now() + 300;
    expect(await one?.spend('brief', until)).toBe(true);
    await wait(200);
    expect(await two?.spend('brief', until)).toBe(false);
    await wait(150);
    expect(await instances[0]?.exists('sallyport:{brief}:spent:')).toBe(0);
  });

  test('a time that is none is refused, and nobody may when Redis cannot be asked', async () => {
    const [one] = states();
    await expect(one?.spend('x', Number.NaN)).rejects.toThrow(RangeError);
    const gone = connectRedis('redis://127.0.0.1:1');
    await expect(redisSpentStates(gone).spend('x', soon())).rejects.toThrow();
    gone.disconnect();
  });
});
