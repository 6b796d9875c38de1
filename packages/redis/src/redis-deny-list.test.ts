import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '@sallyport/core';
import { denyListContract, FakeClock, testPrincipal } from '@sallyport/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../test-rig/redis-server.js';
import { connectRedis } from './connect-redis.js';
import type { RedisClient } from './redis-client.js';
import { type RedisDenyList, type RedisDenyListOptions, redisDenyList } from './redis-deny-list.js';
import { revokedEntries } from './revoked-entries.js';

const caller = testPrincipal({ tokenId: 'token-1' });
const entry = { issuer: caller.issuer, subject: caller.subject };
const later = () => Date.now() + 3_600_000;

describeWithRedis('a deny list on Redis', () => {
  let server: RedisServer;
  const lists: RedisDenyList[] = [];
  const connections: RedisClient[] = [];
  let lastPrefix = 0;
  const prefix = () => `deny${lastPrefix++}:`;

  async function connected(url = server.url, commandTimeoutMs = 1_000) {
    const redis = connectRedis(url, { commandTimeoutMs });
    connections.push(redis);
    await new Promise((resolve) => redis.once('ready', resolve));
    return redis;
  }
  /** One instance, after it has made its copy. */
  async function instance(options: RedisDenyListOptions, url?: string, commandTimeoutMs?: number) {
    const list = redisDenyList(await connected(url, commandTimeoutMs), options);
    lists.push(list);
    await expect.poll(() => isFresh(list), { interval: 5 }).toBe(true);
    return list;
  }
  const isFresh = (list: RedisDenyList) => {
    try {
      list.assertFresh();
      return true;
    } catch {
      return false;
    }
  };

  beforeAll(async () => {
    server = await startRedis();
  });
  afterEach(() => {
    for (const list of lists.splice(0)) list.close();
    for (const redis of connections.splice(0)) redis.disconnect();
  });
  afterAll(() => server.stop());

  test('who reads the list finds every entry with its end and its reason, and only those that have not ended', async () => {
    const own = prefix();
    const list = await instance({ prefix: own });
    const redis = await connected();
    const entries = async () => {
      const found = [];
      for await (const one of revokedEntries(redis, { prefix: own })) found.push(one);
      return found;
    };
    expect(await entries()).toEqual([]);
    const until = later();
    await list.revoke({ tenant: 'globex' }, until + 2);
    await list.revoke({ issuer: 'i', tokenId: 't' }, until + 1, 'stolen');
    await list.revoke({ issuer: 'i', subject: '["x"]' }, until);
    await list.revoke({ tenant: 'soon' }, Date.now() + 1_000, 'a short one');
    // A second revocation changes the reason only when it gives one.
    await list.revoke({ issuer: 'i', tokenId: 't' }, until - 5_000);
    await expect.poll(entries, { timeout: 5_000 }).toEqual([
      { entry: { issuer: 'i', subject: '["x"]' }, until },
      { entry: { issuer: 'i', tokenId: 't' }, until: until + 1, reason: 'stolen' },
      { entry: { tenant: 'globex' }, until: until + 2 },
    ]);
    await list.revoke({ tenant: 'globex' }, until + 2, 'they left');
    expect((await entries())[2]).toMatchObject({ reason: 'they left' });
    // The reason of what has ended went with it.
    expect(await redis.hkeys(`${own}{%}:revoked:reasons`)).toHaveLength(2);
    await expect(list.revoke({ tenant: 'x' }, until, 'y'.repeat(1_001))).rejects.toThrow('1000 characters');
  });

  test('a long list is read a page at a time, and what is no entry is passed over', async () => {
    const own = prefix();
    const redis = await connected();
    const until = later();
    const rows = Array.from({ length: 2_500 }, (_, i) => [until + i, JSON.stringify(['tenant', `t${i}`])] as const);
    await redis.zadd(`${own}{%}:revoked:until`, ...rows.flat(), until - 1, 'nothing of ours', until - 1, '{"a":1}');
    let count = 0;
    for await (const { entry } of revokedEntries(redis, { prefix: own })) {
      expect(entry).toEqual({ tenant: `t${count++}` });
    }
    expect(count).toBe(2_500);
  });

  describe('keeps the contract of every deny list:', () => {
    const fresh = async () => ({
      store: await instance({ prefix: prefix() }),
      advance: (ms: number) => wait(ms),
      now: () => Date.now(),
      toleranceMs: 60,
    });
    for (const { title, prove } of denyListContract(fresh)) test(title, prove);
  });

  test('a revocation is pushed: every instance knows it within 100 ms', async () => {
    const shared = { prefix: prefix(), pollMs: 4_000 };
    const [one, two, three] = [await instance(shared), await instance(shared), await instance(shared)];
    await wait(300);
    await one.revoke(entry, later());
    const began = performance.now();
    await expect.poll(() => [two.isRevoked(caller), three.isRevoked(caller)], { interval: 1 }).toEqual([true, true]);
    expect(performance.now() - began).toBeLessThan(100);
  });

  test('where messages are blocked, it is known within 5 seconds all the same', async () => {
    const admin = await connected();
    await admin.call('ACL', 'SETUSER', 'deaf', 'on', '>secret', '~*', '+@all', 'resetchannels');
    const shared = { prefix: prefix() };
    const one = await instance(shared);
    const deaf = await instance(shared, server.url.replace('redis://', 'redis://deaf:secret@'));
    await wait(1_500);
    expect(await admin.call('PUBSUB', 'NUMSUB', `${shared.prefix}{%}:revoked:channel`)).toEqual([
      expect.any(String),
      1,
    ]);
    await one.revoke(entry, later());
    const began = performance.now();
    await expect.poll(() => deaf.isRevoked(caller), { timeout: 6_000, interval: 10 }).toBe(true);
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(10);
    expect(took).toBeLessThan(5_000);
  }, 15_000);

  test('what is taken back is pushed too: every instance lets its callers in again within 100 ms', async () => {
    const shared = { prefix: prefix(), pollMs: 4_000 };
    const [one, two, three] = [await instance(shared), await instance(shared), await instance(shared)];
    await wait(300);
    await one.revoke(entry, later());
    await expect.poll(() => two.isRevoked(caller) && three.isRevoked(caller), { interval: 1 }).toBe(true);
    expect(await two.reinstate(entry)).toBe(true);
    const began = performance.now();
    await expect.poll(() => [one.isRevoked(caller), three.isRevoked(caller)], { interval: 1 }).toEqual([false, false]);
    expect(performance.now() - began).toBeLessThan(100);
  });

  test('where messages are blocked, what is taken back is known within 5 seconds, whatever is revoked meanwhile', async () => {
    const admin = await connected();
    await admin.call('ACL', 'SETUSER', 'deaf', 'on', '>secret', '~*', '+@all', 'resetchannels');
    const shared = { prefix: prefix() };
    const one = await instance(shared);
    const deaf = await instance(shared, server.url.replace('redis://', 'redis://deaf:secret@'));
    await one.revoke(entry, later());
    await expect.poll(() => deaf.isRevoked(caller), { timeout: 6_000, interval: 10 }).toBe(true);
    await one.reinstate(entry);
    await one.revoke({ tenant: 'globex' }, later());
    await expect.poll(() => deaf.isRevoked(caller), { timeout: 5_000, interval: 10 }).toBe(false);
    expect(deaf.isRevoked(testPrincipal({ tenant: 'globex' }))).toBe(true);
  }, 15_000);

  test('a message that comes late changes nothing of what was asked for since', async () => {
    const admin = await connected();
    const own = prefix();
    const list = await instance({ prefix: own, pollMs: 20 });
    const key = JSON.stringify(['subject', entry.issuer, entry.subject]);
    const tellLate = async (ends: number, change: string) => {
      await wait(100);
      await admin.publish(`${own}{%}:revoked:channel`, JSON.stringify([key, ends, Number(change)]));
      await wait(100);
    };
    const lastChange = async () => String(await admin.zscore(`${own}{%}:revoked:changes`, key));
    await list.revoke(entry, later());
    const revoked = await lastChange();
    await list.reinstate(entry);
    const undone = await lastChange();
    await tellLate(later(), revoked);
    expect(list.isRevoked(caller)).toBe(false);
    await list.revoke(entry, later());
    await tellLate(0, undone);
    expect(list.isRevoked(caller)).toBe(true);
  });

  test('what was taken back takes room until it would have ended, and then leaves nothing', async () => {
    const admin = await connected();
    const own = prefix();
    const list = await instance({ prefix: own, capacity: 1 });
    await list.revoke({ tenant: 'a' }, Date.now() + 400, 'a mistake');
    await list.reinstate({ tenant: 'a' });
    await expect(list.revoke({ tenant: 'b' }, later())).rejects.toThrow('full');
    await list.revoke({ tenant: 'a' }, Date.now() + 300);
    await list.reinstate({ tenant: 'a' });
    expect((await admin.keys(`${own}*`)).sort()).toEqual([`${own}{%}:revoked:changes`, `${own}{%}:revoked:undone`]);
    await wait(450);
    expect(await admin.keys(`${own}*`)).toEqual([]);
    await list.revoke({ tenant: 'b' }, later());
  });

  test('an instance that starts later knows what was revoked before, however much', async () => {
    const shared = { prefix: prefix() };
    const one = await instance(shared);
    for (let batch = 0; batch < 25; batch++) {
      await Promise.all(
        Array.from({ length: 100 }, (_, n) => one.revoke({ tenant: `tenant ${batch * 100 + n}` }, later())),
      );
    }
    const two = await instance(shared);
    for (let n = 0; n < 2_500; n++) expect(two.isRevoked(testPrincipal({ tenant: `tenant ${n}` }))).toBe(true);
    expect(two.isRevoked(caller)).toBe(false);
  });

  test('what cannot be asked for 5 seconds is no answer any more; what is known to be revoked stays so', async () => {
    const own = await startRedis();
    const clock = new FakeClock();
    const real = { ...systemClock, now: () => clock.now() };
    const list = await instance({ prefix: prefix(), clock: real, pollMs: 20 }, own.url, 50);
    await list.revoke(entry, later());
    const other = testPrincipal({ subject: 'agent-2', tokenId: 'token-2' });
    own.process.kill('SIGSTOP');
    await wait(100);
    await clock.advance(4_999);
    expect(list.isRevoked(other)).toBe(false);
    await clock.advance(1);
    expect(() => list.isRevoked(other)).toThrow('5 seconds');
    expect(() => list.assertFresh()).toThrow();
    expect(list.isRevoked(caller)).toBe(true);
    own.process.kill('SIGCONT');
    await expect.poll(() => isFresh(list), { timeout: 5_000 }).toBe(true);
    expect(list.isRevoked(other)).toBe(false);
    await own.stop();
  });

  test('the live question fails closed within its time when Redis hangs or is gone, and nothing is revoked then', async () => {
    const own = await startRedis();
    const list = await instance({ prefix: prefix() }, own.url, 100);
    own.process.kill('SIGSTOP');
    const began = performance.now();
    await expect(list.isRevokedNow(caller)).rejects.toThrow();
    await expect(list.revoke(entry, later())).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(500);
    expect(list.isRevoked(caller)).toBe(false);
    await own.stop();
    await expect(list.isRevokedNow(caller)).rejects.toThrow();
  });

  test('an instance that starts without Redis answers nobody, and recovers by itself', async () => {
    const own = await startRedis();
    const { port } = own;
    await own.stop();
    const redis = connectRedis(`redis://127.0.0.1:${port}`);
    connections.push(redis);
    const list = redisDenyList(redis);
    lists.push(list);
    await wait(200);
    expect(() => list.isRevoked(caller)).toThrow();
    const late = await startRedis({ port });
    await expect.poll(() => isFresh(list), { timeout: 10_000 }).toBe(true);
    expect(list.isRevoked(caller)).toBe(false);
    await late.stop();
  }, 20_000);

  test('the copy outlives FLUSHALL, and what is revoked afterwards is known everywhere', async () => {
    const admin = await connected();
    const shared = { prefix: prefix(), pollMs: 50 };
    const [one, two] = [await instance(shared), await instance(shared)];
    await one.revoke(entry, later());
    await expect.poll(() => two.isRevoked(caller)).toBe(true);
    await admin.flushall();
    await wait(200);
    expect(two.isRevoked(caller)).toBe(true);
    await one.revoke({ tenant: 'globex' }, later());
    await expect.poll(() => two.isRevoked(testPrincipal({ tenant: 'globex' }))).toBe(true);
    expect(await two.isRevokedNow(caller)).toBe(false);
  });

  test('is bounded: a full list refuses, forgets none, and has room again when entries have ended', async () => {
    const list = await instance({ prefix: prefix(), capacity: 2 });
    await list.revoke({ tenant: 'a' }, Date.now() + 300);
    await list.revoke({ tenant: 'b' }, later());
    await expect(list.revoke({ tenant: 'c' }, later())).rejects.toThrow(RangeError);
    await list.revoke({ tenant: 'b' }, later());
    expect(list.isRevoked(testPrincipal({ tenant: 'a' }))).toBe(true);
    await wait(350);
    await list.revoke({ tenant: 'c' }, later());
    expect(await list.isRevokedNow(testPrincipal({ tenant: 'c' }))).toBe(true);
  });

  test('what it keeps is gone when the last entry has ended', async () => {
    const admin = await connected();
    const own = prefix();
    const list = await instance({ prefix: own });
    await list.revoke({ tenant: 'a' }, Date.now() + 200);
    expect(await admin.keys(`${own}*`)).toHaveLength(2);
    await wait(300);
    expect(await admin.keys(`${own}*`)).toEqual([]);
  });

  test('a message that is none of ours does no harm', async () => {
    const admin = await connected();
    const own = prefix();
    const list = await instance({ prefix: own, pollMs: 50 });
    await wait(200);
    await admin.publish(`${own}{%}:revoked:channel`, 'not json');
    await expect.poll(() => isFresh(list)).toBe(true);
    expect(list.isRevoked(caller)).toBe(false);
  });

  test.each([0, 4_001, Number.NaN])(
    'a poll every %s ms, which could not keep the promise, is refused',
    async (pollMs) => {
      const redis = await connected();
      expect(() => redisDenyList(redis, { pollMs })).toThrow(RangeError);
    },
  );

  test('a connection that keeps commands for later is refused: nobody would wait for them', async () => {
    const patient = new Redis(server.port, '127.0.0.1');
    expect(() => redisDenyList(patient)).toThrow(TypeError);
    patient.disconnect();
  });
});
