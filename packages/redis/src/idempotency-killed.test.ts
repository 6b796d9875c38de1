import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { idempotencyMetaKey, type ToolResult } from '@sallyport/core';
import { errorOf, testPrincipal } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { idempotencyOn, type Seed } from '../test-rig/idempotency-on.js';
import { payments, paymentsByKey, paymentsKey } from '../test-rig/payments.js';
import { describeWithRedis } from '../test-rig/redis-server.js';
import { useRedis } from '../test-rig/use-redis.js';

const paying = (key = 'k') => ({ auth: testPrincipal(), input: {}, meta: { [idempotencyMetaKey]: key } });
const replayed = { 'dev.sallyport/replayed': true };

describeWithRedis('when the process that pays is killed', () => {
  const suite = useRedis();
  const { connected } = suite;

  const leaseMs = 700;

  /** Starts one that pays in another process. */
  async function payer(script: URL, says: string, seed: Seed) {
    const args = ['--import', import.meta.resolve('tsx'), fileURLToPath(script), suite.server.url, `${leaseMs}`, seed];
    const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(process_, 'exit');
    const first = await Promise.race([once(process_.stdout, 'data'), exited]);
    expect(String(first[0])).toBe(`${says}\n`);
    return async () => {
      process_.kill('SIGKILL');
      await exited;
    };
  }

  /** Pays in another process and kills that before it has an answer. */
  async function payAndDie(seed: Seed = 'none') {
    await (await payer(new URL('../test-rig/hanging-payer.ts', import.meta.url), 'paid', seed))();
  }

  /** Lets one pay under many keys, kills it somewhere, and pays under all of them again; how often what came of it. */
  async function payManyAndDie(seed: Seed) {
    const kill = await payer(new URL('../test-rig/busy-payer.ts', import.meta.url), 'paying', seed);
    const redis = await connected();
    await expect.poll(() => redis.hlen(paymentsByKey), { interval: 5, timeout: 5_000 }).toBeGreaterThan(30);
    await wait(Math.random() * 100);
    await kill();
    await wait(leaseMs + 100);
    const before = await redis.hgetall(paymentsByKey);
    const tool = payments(redis, idempotencyOn(redis, { leaseMs, seed }));
    const found = { replayed: 0, unknown: 0, paid: 0, twice: 0 };
    for (const key of Object.keys(before)) {
      const again = await tool.call(paying(key));
      if (errorOf(again)?.code === 'OUTCOME_UNKNOWN') found.unknown++;
      else if (again._meta?.['dev.sallyport/replayed'] === true) found.replayed++;
      else found.paid++;
    }
    found.twice = Object.values(await redis.hgetall(paymentsByKey)).filter((count) => count !== '1').length;
    return found;
  }

  /** Calls again as an agent does, as long as it is told to wait. */
  async function payAgain(tool: ReturnType<typeof payments>): Promise<ToolResult> {
    for (;;) {
      const result = await tool.call(paying());
      if (errorOf(result)?.code !== 'IDEMPOTENCY_IN_PROGRESS') return result;
      await wait(50);
    }
  }

  test('the next caller gets OUTCOME_UNKNOWN, at once and for ever, and nobody pays again', async () => {
    await payAndDie();
    const redis = await connected();
    const tool = payments(redis, idempotencyOn(redis, { leaseMs }));
    for (let again = 0; again < 5; again++) expect(errorOf(await payAgain(tool))?.code).toBe('OUTCOME_UNKNOWN');
    expect(await redis.get(paymentsKey)).toBe('1');
  });

  test('the next caller gets what reconcile finds, and later ones replay it', async () => {
    await payAndDie();
    const redis = await connected();
    const reconcile = () => 'it was paid';
    const answer = { content: [{ type: 'text', text: 'it was paid' }] };
    const tool = payments(redis, idempotencyOn(redis, { leaseMs }), { reconcile });
    expect(await payAgain(tool)).toEqual(answer);
    expect(await payAgain(tool)).toEqual({ ...answer, _meta: replayed });
    expect(await redis.get(paymentsKey)).toBe('1');
  });

  test('at any point, 5 times: no payment is made twice, and every one without a result is reported as unknown', async () => {
    for (let kill = 0; kill < 5; kill++) {
      await (await connected()).flushall();
      const found = await payManyAndDie('none');
      expect(found).toMatchObject({ paid: 0, twice: 0 });
      expect(found.replayed).toBeGreaterThan(0);
      expect(found.unknown).toBeGreaterThan(0);
    }
  }, 60_000);

  test('at any point, the seeded bug pays twice', async () => {
    expect((await payManyAndDie('expired-is-free')).twice).toBeGreaterThan(0);
  });

  test('the seeded bug, an expired claim that is free, pays twice', async () => {
    await payAndDie('expired-is-free');
    const redis = await connected();
    await payAgain(payments(redis, idempotencyOn(redis, { leaseMs, seed: 'expired-is-free' })));
    expect(await redis.get(paymentsKey)).toBe('2');
  });
});
