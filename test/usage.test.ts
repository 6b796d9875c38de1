import { hardened, type Tool, UsageMeter, utcDay } from '@sallyport/core';
import { observe } from '@sallyport/observe';
import { connectRedis, redisAdmission, redisReady, redisUsage } from '@sallyport/redis';
import { errorOf, testPrincipal } from '@sallyport/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { claimPorts } from './support/claim-ports.js';
import { installed } from './support/installed.js';
import { type RedisServer, startRedis } from './support/redis-server.js';

const range = { from: utcDay(Date.now() - 86_400_000), to: utcDay(Date.now() + 86_400_000) };

describe.runIf(installed('redis-server'))('three instances that share a budget and what they count', () => {
  let server: RedisServer;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    const [port = 0] = await claimPorts(1);
    server = await startRedis(port);
  });
  afterAll(async () => {
    for (const close of closing) await close();
    await server?.kill();
  });

  const connected = async () => {
    const redis = connectRedis(server.url, { commandTimeoutMs: 5_000 });
    closing.push(() => redis.disconnect());
    await vi.waitFor(() => redisReady(redis), 10_000);
    return redis;
  };

  test('admit what the budget has and no more, and the report says what was admitted, of whom and of which tool', async () => {
    const instances = await Promise.all(
      [1, 2, 3].map(async () => {
        const [limits, usage] = [await connected(), await connected()];
        const telemetry = observe({ log: false, usage: new UsageMeter(redisUsage(usage)) });
        const stack = hardened({
          observe: telemetry,
          admission: redisAdmission(limits),
          report: () => {},
          // Two hundred calls at once are what this is about.
          shed: { initialLimit: 2_000, minLimit: 2_000 },
          agentLimits: {},
          tenantLimits: ({ plan }) => ({ budget: { perMonth: plan === 'pro' ? 1_000 : 100 } }),
        });
        const spec = { description: 'Does it.', access: 'read', input: z.object({}), handler: () => 'done' } as const;
        const tools: Tool[] = [
          stack.tool({ ...spec, name: 'cheap' }),
          stack.tool({ ...spec, name: 'dear', limits: { cost: 7 } }),
        ];
        return { telemetry, tools };
      }),
    );
    const admitted = { acme: 0, globex: 0, cheap: 0, dear: 0 };
    const codes = new Set<string | undefined>();
    const calls = Array.from({ length: 600 }, async (_, call) => {
      const tenant = call % 2 === 0 ? 'acme' : 'globex';
      const name = call % 5 === 0 ? 'dear' : 'cheap';
      const principal = testPrincipal({
        tenant,
        subject: `agent-${call % 3}`,
        plan: tenant === 'acme' ? 'free' : 'pro',
      });
      const tool = instances[call % 3]?.tools.find(({ facts }) => facts.name === name);
      const answer = await tool?.call({ input: {}, auth: principal });
      const code = answer === undefined ? 'none' : errorOf(answer)?.code;
      codes.add(code);
      if (code !== undefined) return;
      const cost = name === 'dear' ? 7 : 1;
      admitted[tenant] += cost;
      admitted[name] += cost;
    });
    await Promise.all(calls);
    expect([...codes].sort()).toEqual(['BUDGET_EXHAUSTED', undefined]);
    expect(admitted.acme).toBe(100);
    expect(admitted.globex).toBe(60 * 7 + 240);

    await Promise.all(instances.map(({ telemetry }) => telemetry.close()));
    const report = redisUsage(await connected());
    const cost = async (by: 'tenant' | 'tool') =>
      (await report.read({ ...range, by })).map((row) => [row[by], row.cost]);
    expect(await cost('tenant')).toEqual([
      ['globex', admitted.globex],
      ['acme', admitted.acme],
    ]);
    expect(new Map((await cost('tool')) as [string, number][])).toEqual(
      new Map([
        ['dear', admitted.dear],
        ['cheap', admitted.cheap],
      ]),
    );
    const agents = await report.read({ ...range, by: 'agent', top: 3 });
    expect(agents).toHaveLength(3);
    expect(agents.every(({ tenant }) => tenant === 'globex')).toBe(true);
    expect(agents.reduce((sum, { calls: own }) => sum + own, 0)).toBe(300);
  });
});
