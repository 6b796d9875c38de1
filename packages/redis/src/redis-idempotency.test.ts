import { setTimeout as wait } from 'node:timers/promises';
import {
  type Claim,
  type HeldClaim,
  type IdempotencyStore,
  idempotencyMetaKey,
  type ToolResult,
} from '@sallyport/core';
import { errorOf, idempotencyStoreContract, testPrincipal } from '@sallyport/testkit';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { cutReplies } from '../test-rig/cut-replies.js';
import { idempotencyOn, type Seed } from '../test-rig/idempotency-on.js';
import { payments, paymentsKey } from '../test-rig/payments.js';
import { describeWithRedis, startRedis } from '../test-rig/redis-server.js';
import { useRedis } from '../test-rig/use-redis.js';
import type { RedisClient } from './redis-client.js';
import { redisIdempotency } from './redis-idempotency.js';

const ask = { tenant: 'acme', key: 'k', fingerprint: 'f', leaseMs: 30_000, retentionMs: 100_000 };
const paying = (key = 'k') => ({ auth: testPrincipal(), input: {}, meta: { [idempotencyMetaKey]: key } });
const replayed = { 'dev.sallyport/replayed': true };

describeWithRedis('idempotency on Redis', () => {
  const suite = useRedis();
  const { connected } = suite;

  const contract = (seed: Seed) => {
    let count = 0;
    return idempotencyStoreContract(async () => ({
      store: idempotencyOn(await connected(), { prefix: `contract${seed}${count++}:`, seed }),
      advance: (ms) => wait(ms),
      toleranceMs: 60,
    }));
  };

  describe('keeps the contract of every idempotency store:', () => {
    for (const { title, prove } of contract('none')) test(title, prove);
  });

  test('the contract finds the script in which an expired claim is free', async () => {
    const broken = contract('expired-is-free').find(({ title }) => /expires turns unknown/.test(title));
    await expect(broken?.prove()).rejects.toMatchObject({ name: 'AssertionError' });
  });

  describe.each(['phased', 'natural'] as const)('a %s write', (effects) => {
    test('of 100 concurrent calls with one key over two instances, 100 times: one runs, the others replay it byte for byte or are in progress within 300 ms', async () => {
      const instances = await Promise.all([connected(), connected()]);
      const tools = instances.map((redis) => payments(redis, redisIdempotency(redis), { effects }));
      const code = (result: ToolResult) => errorOf(result)?.code;
      let slowest = 0;
      for (let round = 0; round < 100; round++) {
        const results = await Promise.all(
          Array.from({ length: 100 }, async (_, n) => {
            const began = performance.now();
            const result = await tools[n % 2]?.call(paying(`round ${round}`));
            slowest = Math.max(slowest, performance.now() - began);
            return result as ToolResult;
          }),
        );
        expect(await instances[0].get(paymentsKey)).toBe(`${round + 1}`);
        const first = results.filter((result) => result.isError !== true && result._meta === undefined);
        expect(first).toHaveLength(1);
        for (const result of results.filter((other) => other !== first[0])) {
          if (result.isError === true) expect(code(result)).toBe('IDEMPOTENCY_IN_PROGRESS');
          else expect(result).toEqual({ ...first[0], _meta: replayed });
        }
        const other = await tools[1]?.call(paying(`round ${round}`));
        expect(JSON.stringify(other?.content)).toBe(JSON.stringify(first[0]?.content));
      }
      expect(slowest).toBeLessThan(300);
    });

    test('is refused DEPENDENCY_UNAVAILABLE while Redis is down or hangs, and does not run', async () => {
      const doomed = await startRedis();
      const [here, there] = [await connected(), await connected(doomed.url, { commandTimeoutMs: 100 })];
      const tool = payments(here, redisIdempotency(there), { effects });
      doomed.process.kill('SIGSTOP');
      const began = performance.now();
      expect(errorOf(await tool.call(paying()))).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
      expect(performance.now() - began).toBeLessThan(300);
      await doomed.stop();
      expect(errorOf(await tool.call(paying()))?.code).toBe('DEPENDENCY_UNAVAILABLE');
      expect(await here.get(paymentsKey)).toBeNull();
    });
  });

  describe('when a reply is lost', () => {
    test.each([
      ['a key that was free', 'claimed'],
      ['a key that was unknown', 'unknown'],
    ] as const)('a claim of %s is taken back: the next one finds it as it was', async (_, state) => {
      const proxy = await cutReplies(suite.server.port);
      const [direct, cut] = [redisIdempotency(await connected()), await connected(proxy.url)];
      const store = redisIdempotency(cut);
      // Loads the script, so that the reply that is cut is that of the claim.
      await store.claim({ ...ask, key: 'other' });
      if (state === 'unknown') await direct.abandon(heldBy(await direct.claim(ask)));
      const wasCut = proxy.cutNextReply();
      await expect(store.claim(ask)).rejects.toThrow();
      await wasCut;
      expect((await direct.claim(ask)).state).toBe('in-progress');
      await expect.poll(async () => (await direct.claim(ask)).state, { timeout: 5_000 }).toBe(state);
      await proxy.close();
    });

    test('a result is stored all the same', async () => {
      const proxy = await cutReplies(suite.server.port);
      const [direct, store] = [redisIdempotency(await connected()), redisIdempotency(await connected(proxy.url))];
      const held = heldBy(await store.claim(ask));
      await store.settle(heldBy(await store.claim({ ...ask, key: 'other' }), 'other'), 'r');
      const wasCut = proxy.cutNextReply();
      await expect(store.settle(held, 'paid')).rejects.toThrow();
      await wasCut;
      expect(await direct.claim(ask)).toEqual({ state: 'settled', result: 'paid' });
      expect(await direct.settle(held, 'paid')).toBe(true);
      expect(await direct.settle(held, 'paid otherwise')).toBe(false);
      await proxy.close();
    });
  });

  test('a claim that timed out while Redis hung is not held when it goes on, 10 times', async () => {
    const own = await startRedis();
    const store = redisIdempotency(await connected(own.url, { commandTimeoutMs: 50 }));
    const direct = redisIdempotency(await connected(own.url));
    for (let round = 0; round < 10; round++) {
      const claims = Array.from({ length: 10 }, (_, n) => ({ ...ask, key: `${round}.${n}` }));
      own.process.kill('SIGSTOP');
      await Promise.all(claims.map((claim) => expect(store.claim(claim)).rejects.toThrow()));
      own.process.kill('SIGCONT');
      const free = async () => {
        const states = await Promise.all(claims.map(async (claim) => (await direct.claim(claim)).state));
        return states.filter((state) => state === 'claimed').length;
      };
      let found = 0;
      await expect.poll(async () => (found += await free()), { timeout: 5_000 }).toBe(10);
    }
    await own.stop();
  }, 60_000);

  test('a claim that arrives after it was withdrawn claims nothing', async () => {
    const redis = await connected();
    const store = redisIdempotency(redis);
    await store.claim({ ...ask, key: 'loads the scripts' });
    const { scripts, keys } = await withdrawal(redis);
    expect(await scripts.withdraw([keys[0], keys[2]], ['a', 60_000])).toBe(0);
    expect(await scripts.claim(keys, ['a', 'f', 1_000, 1_000])).toEqual(['withdrawn']);
    expect((await store.claim(ask)).state).toBe('claimed');
  });

  test('a claim that is sent twice is one claim, with one token', async () => {
    const { scripts, keys } = await withdrawal(await connected());
    const [first, second] = [
      await scripts.claim(keys, ['a', 'f', 1_000, 1_000]),
      await scripts.claim(keys, ['a', 'f', 1_000, 1_000]),
    ];
    expect(first).toMatchObject(['claimed', expect.any(Number)]);
    expect(second).toEqual(first);
    expect(await scripts.claim(keys, ['b', 'f', 1_000, 1_000])).toEqual(['in-progress']);
  });

  test('what ended while Redis was away is stored when it is back, and the caller was not kept waiting', async () => {
    const own = await startRedis();
    const redis = await connected(own.url, { commandTimeoutMs: 100 });
    const here = await connected();
    const afterwards = async () => void own.process.kill('SIGSTOP');
    const tool = payments(here, redisIdempotency(redis), { afterwards });
    const began = performance.now();
    const result = await tool.call(paying());
    expect(performance.now() - began).toBeLessThan(500);
    expect(result.isError).toBeUndefined();
    own.process.kill('SIGCONT');
    await expect.poll(() => tool.call(paying()), { timeout: 5_000 }).toEqual({ ...result, _meta: replayed });
    expect(await here.get(paymentsKey)).toBe('1');
    await own.stop();
  });

  test('scripts that the server forgot are sent again in the same call', async () => {
    const redis = await connected();
    const tool = payments(redis, redisIdempotency(redis));
    const first = await tool.call(paying());
    await redis.script('FLUSH');
    expect(await tool.call(paying())).toEqual({ ...first, _meta: replayed });
  });

  test('FLUSHALL forgets results: the next call runs again, under a token that still grew', async () => {
    const redis = await connected();
    const store: IdempotencyStore = redisIdempotency(redis);
    const first = heldBy(await store.claim(ask));
    await redis.flushall();
    const second = await store.claim(ask);
    expect(second.state).toBe('claimed');
    expect(heldBy(second).token).toBeGreaterThan(first.token);
    expect(await store.settle(first, 'stale')).toBe(false);
    expect(await store.settle(heldBy(second), 'fresh')).toBe(true);
  });

  test('fencing tokens grow although the clock of the server goes back', async () => {
    const redis = await connected();
    const store = redisIdempotency(redis);
    // As if the last claims had been made ten days ahead.
    const ahead = (Date.now() + 864_000_000) * 1_000;
    await redis.set('sallyport:{acme}:fence:', ahead, 'PX', 60_000);
    const first = heldBy(await store.claim(ask));
    expect(first.token).toBe(ahead + 1);
    expect(await redis.pttl('sallyport:{acme}:fence:')).toBeGreaterThan(60_000);
    await store.release(first);
    const second = heldBy(await store.claim({ ...ask, retentionMs: 1 }));
    expect(second.token).toBe(ahead + 2);
    expect(await redis.pttl('sallyport:{acme}:fence:')).toBeGreaterThan(130_000);
    await store.release(second);
    const third = heldBy(await store.claim(ask));
    await store.abandon(third);
    await redis.del('sallyport:{acme}:fence:');
    expect(heldBy(await store.claim(ask)).token).toBe(third.token + 1);
  });

  test('everything it keeps is one slot of the tenant, and expires', async () => {
    const redis = await connected();
    const store = redisIdempotency(redis, { prefix: 'app:' });
    const held = heldBy(await store.claim(ask));
    const keys = await redis.keys('*');
    expect(keys.sort()).toEqual(['app:{acme}:effect:k', 'app:{acme}:fence:']);
    expect(await redis.pttl('app:{acme}:effect:k')).toBeGreaterThan(129_000);
    await store.settle(held, 'r');
    expect(await redis.pttl('app:{acme}:effect:k')).toBeLessThanOrEqual(100_000);
    for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });

  test('a limit on results that nothing useful fits into is refused', async () => {
    const redis = await connected();
    expect(() => redisIdempotency(redis, { maxResultBytes: 10 })).toThrow(RangeError);
  });

  async function withdrawal(redis: RedisClient) {
    const { idempotencyScripts } = await import('./idempotency-scripts.js');
    const keys = ['{t}:effect', '{t}:fence', '{t}:withdrawn'] as const;
    return { scripts: idempotencyScripts(redis), keys };
  }

  test('a connection that keeps commands for later is refused: nobody would wait for them', async () => {
    const patient = new Redis(suite.server.port, '127.0.0.1');
    expect(() => redisIdempotency(patient)).toThrow(TypeError);
    patient.disconnect();
  });
});

function heldBy(claim: Claim, key = ask.key): HeldClaim {
  if (claim.state !== 'claimed' && claim.state !== 'unknown') throw new Error(`the key is ${claim.state}`);
  return { tenant: ask.tenant, key, token: claim.token };
}
