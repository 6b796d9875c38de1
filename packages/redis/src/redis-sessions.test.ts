import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { connectRedis } from './connect-redis.js';
import type { RedisClient } from './redis-client.js';
import { redisReady } from './redis-ready.js';
import { redisSessions } from './redis-sessions.js';

describeWithRedis('sessions on Redis', () => {
  let server: RedisServer;
  const instances: RedisClient[] = [];
  const bounds = { idleMs: 60_000, maxPerOwner: 2, maxInAll: 3 };

  beforeAll(async () => {
    server = await startRedis();
    for (let n = 0; n < 2; n++) instances.push(connectRedis(server.url, { commandTimeoutMs: 1_000 }));
    await Promise.all(instances.map((redis) => vi.waitFor(() => redisReady(redis), { timeout: 5_000 })));
  });
  beforeEach(() => instances[0]?.flushall());
  afterAll(async () => {
    for (const redis of instances) redis.disconnect();
    await server.stop();
  });
  const one = () => redisSessions(instances[0] as RedisClient);
  const two = () => redisSessions(instances[1] as RedisClient);

  test('what one instance opened another touches and ends, for its owner only, and it is never open again', async () => {
    const session = { id: 's', owner: 'o', idleMs: 60_000 };
    expect(await one().open({ ...session, ...bounds })).toBe('opened');
    expect(await two().touch({ ...session, owner: 'other' })).toBe(false);
    await two().end({ id: 's', owner: 'other' });
    expect(await two().touch(session)).toBe(true);
    await two().end(session);
    expect(await one().touch(session)).toBe(false);
  });

  test('bounds hold for an owner and for all together, however many are opened at once', async () => {
    const opened = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? one() : two()).open({ id: `a${n}`, owner: 'a', ...bounds })),
    );
    expect(opened.filter((answer) => answer === 'opened')).toHaveLength(2);
    expect(opened.filter((answer) => answer === 'owner_full')).toHaveLength(18);
    const others = await Promise.all(['b', 'c', 'd'].map((owner) => one().open({ id: owner, owner, ...bounds })));
    expect(others.sort()).toEqual(['full', 'full', 'opened']);
    for (let n = 0; n < 20; n++) await one().end({ id: `a${n}`, owner: 'a' });
    expect(await one().open({ id: 'e', owner: 'e', ...bounds })).toBe('opened');
  });

  test('one that is not touched ends, and leaves its place; a touch starts its time again', async () => {
    const brief = { ...bounds, idleMs: 400, maxInAll: 2 };
    await one().open({ id: 'kept', owner: 'o', ...brief });
    await one().open({ id: 'left', owner: 'o', ...brief });
    await wait(250);
    expect(await two().touch({ id: 'kept', owner: 'o', idleMs: 400 })).toBe(true);
    expect(await two().open({ id: 'new', owner: 'p', ...brief })).toBe('full');
    await wait(250);
    expect(await two().touch({ id: 'left', owner: 'o', idleMs: 400 })).toBe(false);
    expect(await one().open({ id: 'new', owner: 'p', ...brief })).toBe('opened');
    expect(await two().touch({ id: 'kept', owner: 'o', idleMs: 400 })).toBe(true);
    await wait(500);
    expect(await instances[0]?.keys('*')).toEqual([]);
  });
});
