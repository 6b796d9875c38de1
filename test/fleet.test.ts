import { setTimeout as wait } from 'node:timers/promises';
import { connectRedis, redisDenyList } from '@sallyport/redis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { claimPorts } from './support/claim-ports.js';
import { startExample } from './support/example-server.js';
import { type Caller, callTool, type Fleet, type FleetAnswer, startFleet } from './support/fleet.js';
import { installed } from './support/installed.js';
import { postgresAnswers } from './support/postgres-database.js';
import { startRedis } from './support/redis-server.js';
import { until } from './support/until.js';

const possible = installed('nginx', 'redis-server') && (await postgresAnswers());
const invoice = { customer_id: 1, amount_cents: 4_200, currency: 'EUR' };
const issuer = 'http://localhost/sallyport-development';

describe.runIf(possible)('three instances behind nginx, one Redis, one Postgres', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet();
  }, 120_000);
  afterEach(() => fleet?.revive(), 60_000);
  afterAll(() => fleet?.close(), 60_000);

  const origin = (instance: number) => `http://127.0.0.1:${fleet.ports[instance]}`;
  const invoicesOf = async (memo: string) =>
    (await fleet.database.query<{ n: number }>('select count(*)::int as n from invoices where memo = $1', [memo]))[0]
      ?.n;
  const ready = (instance: number) =>
    until(
      () =>
        fetch(`${origin(instance)}/ready`).then(
          (answer) => answer.ok,
          () => false,
        ),
      20_000,
    );

  /** The same call, once a second as it is told, until it is not told to wait any more. */
  async function insist(call: () => Promise<FleetAnswer>): Promise<FleetAnswer> {
    for (;;) {
      const answer = await call();
      if (answer.code !== 'IDEMPOTENCY_IN_PROGRESS') return answer;
      await wait(1_000);
    }
  }

  test("one agent's 60 a minute are 60 in sum, wherever its calls go", async () => {
    const before = (await fleet.nginx.answered()).length;
    const call = await fleet.caller('greedy');
    const answers: FleetAnswer[] = [];
    const count = (code: string) => answers.filter((answer) => answer.code === code).length;
    const began = performance.now();
    const hammer = async () => {
      while (answers.length < 200 || (count('ok') < 60 && performance.now() - began < 50_000)) {
        answers.push(await call('create_invoice', { ...invoice, memo: 'greedy' }));
      }
    };
    await Promise.all(Array.from({ length: 4 }, hammer));
    // Beyond that the first calls would leave the window, and others be rightly admitted.
    expect(performance.now() - began).toBeLessThan(55_000);
    expect(count('ok')).toBe(60);
    expect(await invoicesOf('greedy')).toBe(60);
    expect(count('ok') + count('RATE_LIMITED')).toBe(answers.length);
    const answered = (await fleet.nginx.answered()).slice(before);
    for (const port of fleet.ports) {
      expect(answered.filter((line) => line.port === port).length).toBeGreaterThan(answers.length / 4);
    }
  }, 90_000);

  test('what was written through one instance is replayed by the others, byte for byte', async () => {
    const call = await fleet.caller('writer');
    const args = { ...invoice, memo: 'written once', idempotency_key: 'once' };
    const first = await call('create_invoice', args, origin(0));
    expect(first.code).toBe('ok');
    for (const at of [origin(1), origin(2), fleet.nginx.origin]) {
      const again = await call('create_invoice', args, at);
      expect(JSON.stringify(again.result?.content)).toBe(JSON.stringify(first.result?.content));
      expect(again.result?._meta).toEqual({ 'dev.sallyport/replayed': true });
    }
    expect((await call('create_invoice', { ...args, amount_cents: 1 }, origin(1))).code).toBe('IDEMPOTENCY_CONFLICT');
    expect(await invoicesOf('written once')).toBe(1);
  });

  test('100 calls with one key, all over the fleet, make one invoice', async () => {
    const args = { ...invoice, memo: 'made once', idempotency_key: 'all at once' };
    const callers = await Promise.all(Array.from({ length: 4 }, () => fleet.caller('crowd')));
    const answers = await Promise.all(
      callers.flatMap((call) => Array.from({ length: 25 }, () => call('create_invoice', args))),
    );
    const codes = new Set(answers.map(({ code }) => code));
    // An instance sheds what comes all at once beyond what its pool can serve.
    const typed = ['ok', 'IDEMPOTENCY_IN_PROGRESS', 'RATE_LIMITED', 'OVERLOADED'];
    for (const code of codes) expect(typed).toContain(code);
    expect(codes).toContain('ok');
    const contents = answers.filter(({ code }) => code === 'ok').map(({ result }) => JSON.stringify(result?.content));
    expect(new Set(contents).size).toBe(1);
    expect(await invoicesOf('made once')).toBe(1);
  });

  test('killing an instance loses the calls that it had, and no other; the others take over at once', async () => {
    const before = (await fleet.nginx.answered()).length;
    const callers = await Promise.all(Array.from({ length: 6 }, (_, n) => fleet.caller(`reporter ${n}`)));
    const reports = callers.map((call) => call('slow_report', { seconds: 3 }));
    await wait(1_500);
    await fleet.kill(1);
    const answers = await Promise.all(reports);
    const lost = (await fleet.nginx.answered()).slice(before).filter(({ port }) => port === fleet.ports[1]).length;
    expect(lost).toBeGreaterThan(0);
    expect(answers.map(({ code }) => code).sort()).toEqual(
      [...Array.from({ length: lost }, () => 'lost'), ...Array.from({ length: 6 - lost }, () => 'ok')].sort(),
    );
    const call = await fleet.caller('afterwards');
    for (let n = 0; n < 30; n++) expect((await call('list_tables')).code).toBe('ok');
  }, 60_000);

  test('a write whose instance is killed is made once: in progress, then by whoever repeats it, and replayed everywhere', async () => {
    const call = await fleet.caller('unlucky');
    const args = { ...invoice, memo: 'interrupted', idempotency_key: 'interrupted' };
    const lock = await fleet.database.hold('lock table invoices in access exclusive mode');
    const writing = call('create_invoice', args, origin(2)).catch((error: Error) => error);
    await wait(1_500);
    await fleet.kill(2);
    expect(await writing).toBeInstanceOf(Error);
    expect((await call('create_invoice', args)).code).toBe('IDEMPOTENCY_IN_PROGRESS');
    await lock.release();
    const made = await insist(() => call('create_invoice', args));
    expect(made.code).toBe('ok');
    await fleet.start(2);
    await ready(2);
    for (const at of [0, 1, 2]) {
      const again = await call('create_invoice', args, origin(at));
      expect(JSON.stringify(again.result?.content)).toBe(JSON.stringify(made.result?.content));
    }
    expect(await invoicesOf('interrupted')).toBe(1);
  }, 90_000);

  test.each([
    ['by SIGTERM alone', 'what fails is told so, helped by repeating', ['SHUTTING_DOWN', 'lost']],
    ['each taken out of nginx first', 'nothing fails', []],
  ])(
    'restarted one by one under load, %s: %s, and every effect happens once',
    async (way, _, allowed) => {
      let loading = true;
      const failures: FleetAnswer[] = [];
      const written: string[] = [];
      const load = async (agent: number) => {
        let call: Caller = await fleet.caller('');
        for (let n = 0; loading; n++) {
          // A fresh agent now and then, so that no limit is reached.
          if (n % 40 === 0) call = await fleet.caller(`${way} ${agent} ${n}`);
          const key = `${way} ${agent} ${n}`;
          for (;;) {
            const answer = await call('create_invoice', { ...invoice, memo: key, idempotency_key: key });
            if (answer.code === 'ok') break;
            failures.push(answer);
            await wait(50);
          }
          written.push(key);
          await wait(20);
        }
      };
      const loads = [0, 1, 2].map(load);
      try {
        for (const instance of [0, 1, 2]) {
          await wait(500);
          if (allowed.length === 0) await fleet.nginx.leaveOut(fleet.ports[instance]);
          expect(await fleet.stop(instance)).toBe(0);
          await fleet.start(instance);
          await ready(instance);
          if (allowed.length === 0) await fleet.nginx.leaveOut();
        }
      } finally {
        loading = false;
        await Promise.all(loads);
      }
      expect(written.length).toBeGreaterThan(30);
      for (const failure of failures) expect(allowed, failure.text).toContain(failure.code);
      const [row] = await fleet.database.query<{ made: number; keys: number }>(
        'select count(*)::int as made, count(distinct memo)::int as keys from invoices where memo like $1',
        [`${way} %`],
      );
      expect(row).toEqual({ made: written.length, keys: written.length });
      console.info(
        `restarted ${way}: ${written.length} effects, failures: ${JSON.stringify(failures.map(({ code }) => code))}`,
      );
    },
    120_000,
  );

  test('what is revoked is dead on every instance within 5 seconds, for sensitive tools at once', async () => {
    const call = await fleet.caller('thief', 'mcp:tools:read mcp:tools:write mcp:admin');
    for (const at of [0, 1, 2]) expect((await call('list_tables', {}, origin(at))).code).toBe('ok');
    const redis = connectRedis(fleet.redis.url, { commandTimeoutMs: 1_000 });
    await new Promise((resolve) => redis.once('ready', resolve));
    const denied = redisDenyList(redis);
    await denied.revoke({ issuer, subject: 'thief' }, Date.now() + 12 * 3_600_000);
    const began = performance.now();
    const refund = { order_id: 1, amount_cents: 1, idempotency_key: 'theft' };
    expect(await call('refund_order', refund)).toMatchObject({ status: 401 });
    for (const at of [0, 1, 2]) {
      await until(async () => (await call('list_tables', {}, origin(at))).status === 401, 5_000);
    }
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await (await fleet.caller('honest'))('list_tables')).code).toBe('ok');
    denied.close();
    redis.disconnect();
  });

  test('an instance that starts without Redis is not ready, and is when Redis comes; without it again, reads are answered and writes refused', async () => {
    const [port = 0] = await claimPorts(1);
    const lonely = await startExample({ ...fleet.database.env, REDIS_URL: `redis://127.0.0.1:${port}` });
    const at = new URL(lonely.url).origin;
    const status = async () => (await fetch(`${at}/ready`)).status;
    expect(await status()).toBe(503);
    expect((await fetch(`${at}/health`)).status).toBe(200);
    const redis = await startRedis(port);
    await until(async () => (await status()) === 200, 15_000);
    await redis.kill();
    await wait(1_100);
    expect(await status()).toBe(200);
    const token = await lonely.token('acme');
    expect((await callTool(at, token, 'list_tables')).code).toBe('ok');
    const alone = { ...invoice, memo: 'alone', idempotency_key: 'alone' };
    expect((await callTool(at, token, 'create_invoice', alone)).code).toBe('DEPENDENCY_UNAVAILABLE');
    expect(
      (await callTool(at, token, 'refund_order', { order_id: 1, amount_cents: 1, idempotency_key: 'r' })).code,
    ).toBe('DEPENDENCY_UNAVAILABLE');
    expect(await invoicesOf('alone')).toBe(0);
    expect(await lonely.stop()).toBe(0);
  }, 60_000);
});
