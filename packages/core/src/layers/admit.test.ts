import { errorOf, FakeClock, gate, layerHarness, madeUpFacts, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Admission, AdmissionRequest, AdmissionStore } from '../admission-store.js';
import type { AdmitPolicy } from '../admit-policy.js';
import { hardened } from '../hardened.js';
import type { Principal } from '../principal.js';
import { memoryAdmission } from '../stores/memory-admission.js';
import type { ToolResult } from '../tool-result.js';
import { type AdmitOptions, admit } from './admit.js';

const done: ToolResult = { content: [] };

/** Many tools behind one `admit`. */
function guarded(options: AdmitOptions = {}, store?: AdmissionStore) {
  const clock = new FakeClock();
  const layer = admit(store ?? memoryAdmission({ clock }), { clock, ...options });
  const tool = (policy: AdmitPolicy = {}, name = 'echo', handler: () => Promise<ToolResult> = async () => done) => {
    const harness = layerHarness(layer, { name, ...policy }, handler);
    return (principal: Principal = testPrincipal(), input: unknown = {}) =>
      harness.call({ principal, tenant: principal.tenant ?? 'acme', input });
  };
  const admissions = () =>
    Object.fromEntries(
      (layer.measures?.() ?? [])
        .filter(({ name }) => name === 'admissions_total')
        .map(({ labels: { limit }, value }) => [limit, value]),
    );
  return { clock, tool, admissions };
}

const count = async (times: number, call: () => Promise<unknown>) => {
  const results = await Promise.allSettled(Array.from({ length: times }, call));
  return results.filter(({ status }) => status === 'fulfilled').length;
};

test('an agent has 60 calls a minute over all tools when nothing else is said', async () => {
  const { tool } = guarded();
  const [one, two] = [tool({}, 'one'), tool({}, 'two')];
  let admitted = 0;
  for (let call = 0; call < 40; call++) admitted += (await count(1, one)) + (await count(1, two));
  expect(admitted).toBe(60);
});

test('an agent has 1,000 calls an hour and 5 at once when nothing else is said', async () => {
  const { clock, tool } = guarded();
  const quick = tool();
  let admitted = 0;
  for (let minute = 0; minute < 30; minute++) {
    for (let call = 0; call < 60; call++) admitted += await count(1, quick);
    await clock.advance(65_000);
  }
  expect(admitted).toBe(1_000);
  const open = gate<ToolResult>();
  const slow = guarded().tool({}, 'slow', () => open.promise);
  const calls = count(20, slow);
  open.open(done);
  expect(await calls).toBe(5);
});

test('a refused call says which limit and how long to wait, and succeeds after it', async () => {
  const { clock, tool } = guarded({ agent: { perMinute: 1 } });
  const call = tool();
  await call();
  await clock.advance(15_000);
  await expect(call()).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    message: '1 calls per minute reached for this agent.',
    limit: '1 calls per minute reached for this agent',
    retryAfterMs: 45_000 + 5_000 - (1_000_000 % 5_000),
    retryable: true,
  });
  await clock.advance(49_999);
  await expect(call()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await clock.advance(1);
  await expect(call()).resolves.toBe(done);
});

describe('counters', () => {
  test.each<[string, Partial<Principal>]>([
    ['agent', { subject: 'agent-2' }],
    ['tenant', { tenant: 'globex' }],
    ['issuer', { issuer: 'https://other.test' }],
  ])('of another %s are other counters', async (_, over) => {
    const { tool } = guarded({ agent: { perMinute: 1 } });
    const call = tool();
    expect(await count(2, () => call())).toBe(1);
    expect(await count(2, () => call(testPrincipal(over)))).toBe(1);
  });

  test('of an agent go by who it is, not by which token it shows', async () => {
    const { tool } = guarded({ agent: { perMinute: 3 } });
    const call = tool();
    expect(await count(10, () => call(testPrincipal({ tokenId: String(Math.random()) })))).toBe(3);
  });

  test('of a tenant are shared by its agents', async () => {
    const { tool } = guarded({ agent: {}, tenant: { perMinute: 3 } });
    const call = tool();
    let agent = 0;
    expect(await count(10, () => call(testPrincipal({ subject: `${agent++}` })))).toBe(3);
    expect(await count(1, () => call(testPrincipal({ tenant: 'globex' })))).toBe(1);
  });

  test("of a tool's own limits are per agent and tool, on top of the agent's", async () => {
    const { tool } = guarded({ agent: { perMinute: 5 } });
    const [query, list] = [tool({ limits: { perMinute: 2 } }, 'query'), tool({}, 'list')];
    expect(await count(10, () => query())).toBe(2);
    expect(await count(10, () => query(testPrincipal({ subject: 'agent-2' })))).toBe(2);
    expect(await count(10, () => list())).toBe(3);
  });

  test("of a tool's limits for the tenant are shared by its agents, and are not another tool's", async () => {
    const { tool } = guarded({ agent: {} });
    const [query, list] = ['query', 'list'].map((name) => tool({ limitsPerTenant: { perMinute: 3 } }, name));
    let agent = 0;
    for (const call of [query, list]) {
      expect(await count(10, () => call?.(testPrincipal({ subject: `${agent++}` })) ?? Promise.reject())).toBe(3);
    }
    expect(await count(10, () => query?.(testPrincipal({ tenant: 'globex' })) ?? Promise.reject())).toBe(3);
  });

  test("of a tool's own limits may depend on the plan", async () => {
    const { tool } = guarded({ agent: {} });
    const query = tool({ limits: ({ plan }) => ({ perMinute: plan === 'gold' ? 4 : 1 }) }, 'query');
    expect(await count(10, () => query(testPrincipal({ plan: 'gold' })))).toBe(4);
    expect(await count(10, () => query(testPrincipal({ subject: 'poor' })))).toBe(1);
  });

  test('of two tools with limits of their own do not meet', async () => {
    const { tool } = guarded({ agent: {} });
    const tools = ['a', 'b'].map((name) => tool({ limits: { perMinute: 1, concurrent: 1 } }, name));
    for (const call of tools) expect(await count(3, () => call())).toBe(1);
  });

  test('whose names could run together do not', async () => {
    const { tool } = guarded({ agent: { perMinute: 1 } });
    const call = tool();
    expect(await count(1, () => call(testPrincipal({ tenant: 'a', issuer: 'b","c', subject: 'd' })))).toBe(1);
    expect(await count(1, () => call(testPrincipal({ tenant: 'a', issuer: 'b', subject: 'c","d' })))).toBe(1);
  });
});

describe('limits that depend on the principal', () => {
  const byPlan = vi.fn(({ plan }: Principal) => (plan === 'gold' ? { perMinute: 4 } : { perMinute: 1 }));

  test('are decided once per principal object, for all tools', async () => {
    byPlan.mockClear();
    const { tool } = guarded({ agent: byPlan });
    const [one, two] = [tool({}, 'one'), tool({}, 'two')];
    const gold = testPrincipal({ plan: 'gold' });
    expect((await count(5, () => one(gold))) + (await count(5, () => two(gold)))).toBe(4);
    expect(byPlan).toHaveBeenCalledTimes(1);
    const poor = testPrincipal({ subject: 'poor' });
    expect(await count(5, () => one(poor))).toBe(1);
    expect(byPlan).toHaveBeenCalledTimes(2);
  });

  test.each([undefined, null, 5, [], { perSecond: 1 }, { perMinute: 0 }, { perMinute: Number.NaN }])(
    'and are %j fail the call: an unknown plan is no licence',
    async (limits) => {
      const { tool } = guarded({ agent: () => limits as object });
      await expect(tool()()).rejects.toThrow(RangeError);
    },
  );
});

describe('cost', () => {
  test('is taken from every window, whether it is fixed or computed from the arguments', async () => {
    const { tool } = guarded({ agent: { perMinute: 10 } });
    expect(await count(5, tool({ limits: { cost: 4 } }))).toBe(2);
    const computed = tool({ limits: { cost: (input) => (input as { rows: number }).rows } });
    expect(await count(5, () => computed(undefined, { rows: 2 }))).toBe(1);
  });

  test('may depend on who calls, as limits may', async () => {
    const { tool } = guarded({ agent: { perMinute: 10 } });
    const call = tool({
      limits: ({ plan }) => ({ cost: plan === 'pro' ? 1 : (input) => (input as { rows: number }).rows }),
    });
    expect(await count(20, () => call(testPrincipal({ subject: 'a', plan: 'pro' })))).toBe(10);
    expect(await count(20, () => call(testPrincipal({ subject: 'b' }), { rows: 4 }))).toBe(2);
  });

  test.each([
    ['negative', () => -1_000],
    ['zero', () => 0],
    ['less than one', () => 1e-8],
    ['no number', () => Number.NaN],
    ['of another type', () => 'x' as never],
    ['an exception', () => (undefined as unknown as { rows: number }).rows],
  ])('that the raw arguments make %s counts as 1: it cannot lower a counter', async (_, cost) => {
    const { tool } = guarded({ agent: { perMinute: 3 } });
    expect(await count(10, tool({ limits: { cost } }))).toBe(3);
  });

  test('as a text counts as the number it says, as a schema that coerces would have it', async () => {
    const { tool } = guarded({ agent: { perMinute: 10 } });
    const call = tool({ limits: { cost: (input) => (input as { rows: number }).rows } });
    expect(await count(3, () => call(undefined, { rows: '5' }))).toBe(2);
  });

  test.each([11, Number.POSITIVE_INFINITY])(
    'of %d, which no window can ever admit, is the arguments’ fault and not a wait',
    async (units) => {
      const { tool } = guarded({ agent: { perMinute: 10 } });
      const call = tool({ limits: { cost: () => units } });
      const error: unknown = await call().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'INVALID_INPUT',
        retryAfterMs: undefined,
        limit: expect.stringContaining('10 calls'),
      });
      expect(await count(20, guarded({ agent: { perMinute: 10 } }).tool())).toBe(10);
    },
  );
});

describe('the store', () => {
  const spied = () => {
    const admitted: AdmissionRequest[] = [];
    const store: AdmissionStore = {
      admit: vi.fn(async (request) => {
        admitted.push(request);
        return { admitted: true, atMs: 0, remaining: [] } as const;
      }),
      renew: vi.fn(async () => {}),
      release: vi.fn(async () => {}),
    };
    return { store, admitted };
  };

  test('is asked once per call, for everything together, under a new id', async () => {
    const { store, admitted } = spied();
    const call = guarded({ tenant: { perMinute: 9 } }, store).tool({ limits: { perMinute: 2, concurrent: 1 } });
    await call();
    await call();
    expect(admitted).toHaveLength(2);
    expect(admitted[0]?.id).not.toBe(admitted[1]?.id);
    expect(admitted[0]).toMatchObject({ tenant: 'acme', leaseMs: 30_000 });
    expect(admitted[0]?.windows.map(({ reached, cost }) => [reached, cost])).toEqual([
      ['60 calls per minute reached for this agent', 1],
      ['1000 calls per hour reached for this agent', 1],
      ['9 calls per minute reached for this tenant', 1],
      ['2 calls per minute reached for this agent on echo', 1],
    ]);
    const keys = [...(admitted[0]?.windows ?? [])].map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(admitted[0]?.leases.map(({ limit }) => limit)).toEqual([5, 1]);
  });

  test('is not asked when no limit applies', async () => {
    const { store } = spied();
    await guarded({ agent: {} }, store).tool()();
    expect(store.admit).not.toHaveBeenCalled();
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('ECONNREFUSED 10.0.0.1'))],
    [
      'throws',
      () => {
        throw new Error('10.0.0.1');
      },
    ],
  ])('that %s is DEPENDENCY_UNAVAILABLE with a wait, and the call does not run', async (_, broken) => {
    const handler = vi.fn(async () => done);
    const { store } = spied();
    const call = guarded({}, { ...store, admit: broken }).tool({}, 'echo', handler);
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryAfterMs: 1_000, cause: expect.any(Error) });
    expect((error as Error).message).not.toContain('10.0.0.1');
    expect(handler).not.toHaveBeenCalled();
  });

  test('that does not answer in the time of the call keeps nobody longer, and has the slot back that it grants too late', async () => {
    const { store } = spied();
    const clock = new FakeClock();
    const answer = gate<Admission>();
    const admission = { ...store, admit: () => answer.promise };
    const handler = vi.fn(() => 'x');
    const tool = hardened({ clock, admission, report: () => {}, timeoutMs: 1_000 }).tool({
      name: 'echo',
      description: 'Echoes.',
      access: 'read',
      input: z.object({}),
      handler,
    });
    const call = tool.call({ auth: testPrincipal(), input: {} });
    await clock.advance(1_000);
    expect(errorOf(await call)).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryAfterMs: 1_000 });
    answer.open({ admitted: true, atMs: 0, remaining: [] });
    await clock.advance(0);
    expect(store.release).toHaveBeenCalledOnce();
    expect(handler).not.toHaveBeenCalled();
    expect(clock.timers).toBe(0);
  });

  test('that fails to renew or to release changes no answer', async () => {
    const { store } = spied();
    const failing = () => Promise.reject(new Error('gone'));
    const open = gate<ToolResult>();
    const { clock, tool } = guarded({}, { ...store, renew: failing, release: failing });
    const call = tool({}, 'slow', () => open.promise)();
    await clock.advance(60_000);
    open.open(done);
    await expect(call).resolves.toBe(done);
  });

  test('hears a heartbeat every 10 seconds for as long as a call runs, and then a release', async () => {
    const { store, admitted } = spied();
    const open = gate<ToolResult>();
    const { clock, tool } = guarded({}, store);
    const call = tool({}, 'slow', () => open.promise)();
    await clock.advance(95_000);
    expect(store.renew).toHaveBeenCalledTimes(9);
    expect(store.renew).toHaveBeenLastCalledWith(admitted[0]);
    open.open(done);
    await call;
    expect(store.release).toHaveBeenCalledExactlyOnceWith(admitted[0]);
    await clock.advance(60_000);
    expect(store.renew).toHaveBeenCalledTimes(9);
    expect(clock.timers).toBe(0);
  });

  test('gets the slot back when the handler fails', async () => {
    const { tool } = guarded({ agent: { concurrent: 1 } });
    const call = tool({}, 'bad', () => Promise.reject(new Error('x')));
    for (let again = 0; again < 3; again++) await expect(call()).rejects.toThrow('x');
  });
});

test('concurrency holds for as long as a call runs, however long: the heartbeat keeps the lease', async () => {
  const { clock, tool } = guarded({ agent: { concurrent: 2 } });
  const open = gate<ToolResult>();
  const call = tool({}, 'slow', () => open.promise);
  const running = [call(), call()];
  for (let minute = 0; minute < 10; minute++) {
    await clock.advance(60_000);
    await expect(call()).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      limit: '2 calls at once reached for this agent',
    });
  }
  open.open(done);
  await Promise.all(running);
  await expect(call()).resolves.toBe(done);
});

test('nothing is left after 2,000 calls that end in every way there is', async () => {
  const clock = new FakeClock();
  const store = memoryAdmission({ clock });
  const spy = { admit: vi.spyOn(store, 'admit'), release: vi.spyOn(store, 'release') };
  const stack = hardened({ clock, admission: store, report: () => {}, agentLimits: { concurrent: 4 }, timeoutMs: 100 });
  const tool = stack.tool({
    name: 'any',
    description: 'Ends as it is told.',
    access: 'read',
    input: z.object({ how: z.enum(['answer', 'throw', 'late', 'lateThrow']) }),
    handler: ({ how }) => {
      if (how === 'answer') return 'ok';
      if (how === 'throw') throw new Error('x');
      return new Promise((resolve, reject) => clock.setTimeout(how === 'late' ? () => resolve('late') : reject, 250));
    },
  });
  const endings = ['answer', 'throw', 'late', 'lateThrow', 'wrong'];
  for (let round = 0; round < 400; round++) {
    const abort = new AbortController();
    const calls = endings.map((how) => tool.call({ input: { how }, auth: testPrincipal(), signal: abort.signal }));
    if (round % 3 === 0) abort.abort();
    await clock.advance(round % 2 === 0 ? 300 : 50);
    await clock.advance(300);
    await Promise.all(calls);
  }
  await clock.advance(60_000);
  expect(clock.timers).toBe(0);
  const admitted = await Promise.all(
    spy.admit.mock.results.map(({ value }) => value as Promise<{ admitted: boolean }>),
  );
  expect(spy.release).toHaveBeenCalledTimes(admitted.filter((answer) => answer.admitted).length);
  const free = await Promise.all(
    Array.from({ length: 4 }, () => tool.call({ input: { how: 'answer' }, auth: testPrincipal() })),
  );
  expect(free.map(errorOf)).toEqual([undefined, undefined, undefined, undefined]);
});

describe('a budget', () => {
  const noon = Date.UTC(2026, 10, 26, 12);
  const spending = (options: AdmitOptions) => {
    const now = { utc: noon };
    const { tool } = guarded(options, memoryAdmission({ clock: new FakeClock(), utcNow: () => now.utc }));
    return { tool, now };
  };

  test('goes by the plan, is spent at the cost of each call, and says until when it is', async () => {
    const { tool, now } = spending({ agent: ({ plan }) => ({ budget: { perDay: plan === 'pro' ? 9 : 2 } }) });
    const [cheap, dear] = [tool(), tool({ limits: { cost: 2 } }, 'dear')];
    const [pro, free] = [testPrincipal({ plan: 'pro' }), testPrincipal({ subject: 'agent-2', plan: 'free' })];
    expect(await count(9, () => dear(pro))).toBe(4);
    expect(await count(9, () => cheap(pro))).toBe(1);
    expect(await count(9, () => cheap(free))).toBe(2);
    await expect(cheap(free)).rejects.toMatchObject({
      code: 'BUDGET_EXHAUSTED',
      message: '2 units per day spent by this agent.',
      limit: '2 units per day spent by this agent',
      retryAfterMs: 12 * 3_600_000,
      retryable: false,
    });
    now.utc += 12 * 3_600_000;
    expect(await count(9, () => cheap(free))).toBe(2);
  });

  test('of a caller whose plan was raised is the larger one at once: what it spent is kept, not what it had', async () => {
    const { tool } = spending({ agent: ({ plan }) => ({ budget: { perMonth: plan === 'pro' ? 5 : 2 } }) });
    const call = tool();
    expect(await count(9, () => call(testPrincipal({ plan: 'free' })))).toBe(2);
    expect(await count(9, () => call(testPrincipal({ plan: 'pro' })))).toBe(3);
  });

  test('of a tenant is shared by its agents, and one of a tool is its own', async () => {
    const { tool } = spending({ agent: {}, tenant: { budget: { perDay: 5, perMonth: 8 } } });
    const [mail, list] = [tool({ limits: { budget: { perDay: 1 } } }, 'mail'), tool({}, 'list')];
    expect(await count(3, () => mail(testPrincipal({ subject: 'one' })))).toBe(1);
    expect(await count(3, () => mail(testPrincipal({ subject: 'two' })))).toBe(1);
    expect(await count(9, () => list(testPrincipal({ subject: 'three' })))).toBe(3);
    expect(await count(1, () => list(testPrincipal({ tenant: 'globex' })))).toBe(1);
  });

  test('is not charged for a call that a limit refuses, nor the limit for a call that it refuses', async () => {
    const { tool, now } = spending({ agent: { perMinute: 3, budget: { perDay: 4 } } });
    const call = tool();
    expect(await count(20, () => call())).toBe(3);
    const other = tool({ limits: { budget: { perDay: 1 } } }, 'other');
    now.utc += 1;
    await expect(other()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    const free = tool({}, 'free');
    await expect(free()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('that no call of this cost could ever fit is INVALID_INPUT: no day would help', async () => {
    const { tool } = spending({ agent: { budget: { perDay: 2 } } });
    const call = tool({ limits: { cost: (input) => Number(input) } });
    await expect(call(testPrincipal(), 3)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('at registration', () => {
  const layer = admit(memoryAdmission(), { agent: { perMinute: 60 } });
  const declare = (policy: object) => layer.policy?.({ ...madeUpFacts(), ...policy });

  test.each([
    [{ limits: { perMinute: 0 } }, 'limits'],
    [{ limits: { perMinute: -1 } }, 'limits'],
    [{ limits: { perMinute: '60' } }, 'limits'],
    [{ limits: { perSecond: 1 } }, 'limits'],
    [{ limits: { concurrent: Number.NaN } }, 'limits'],
    [{ limits: null }, 'limits'],
    [{ limits: 5 }, 'limits'],
    [{ limits: [] }, 'limits'],
    [{ limitsPerTenant: { perDay: 1 } }, 'limitsPerTenant'],
    [{ limitsPerTenant: { cost: 2 } }, 'limitsPerTenant'],
    [{ limits: { cost: 5 }, limitsPerTenant: { perHour: 4 } }, 'limits'],
    [{ limits: { cost: 0 } }, 'limits'],
    [{ limits: { cost: -1 } }, 'limits'],
    [{ limits: { cost: Number.NaN } }, 'limits'],
    [{ limits: { cost: '2' } }, 'limits'],
    [{ limits: { cost: null } }, 'limits'],
    [{ limits: { cost: 61 } }, 'limits'],
    [{ limits: { budget: 5 } }, 'limits'],
    [{ limits: { budget: null } }, 'limits'],
    [{ limits: { budget: { perDay: 0 } } }, 'limits'],
    [{ limits: { budget: { perMinute: 5 } } }, 'limits'],
    [{ limitsPerTenant: { budget: { perMonth: '9' } } }, 'limitsPerTenant'],
    [{ limits: { cost: 5, budget: { perDay: 4 } } }, 'limits'],
    [{ limits: { cost: 5 }, limitsPerTenant: { budget: { perMonth: 4 } } }, 'limits'],
    [{ limits: { cost: 5, perHour: 4 } }, 'limits'],
  ])('%j is refused, naming the tool and %s', (policy, field) => {
    expect(() => declare(policy)).toThrow(expect.objectContaining({ name: 'PolicyError', tool: 'echo', field }));
  });

  test('what is said of agents and tenants is checked too', () => {
    for (const wrong of [{ perMinute: 0 }, { perSecond: 1 }, 5, null] as never[]) {
      expect(() => admit(memoryAdmission(), { agent: wrong })).toThrow(RangeError);
    }
    expect(() => admit(memoryAdmission(), { tenant: { concurrent: -1 } })).toThrow(RangeError);
  });

  test('the effective policy is data, with what is decided later said in words', () => {
    expect(declare({ limits: { perMinute: 10, cost: 2 } })).toEqual({
      agent: { perMinute: 60 },
      agentAndTool: { perMinute: 10 },
      cost: 2,
      whenUnreachable: 'refuse',
    });
    const dynamic = admit(memoryAdmission(), { agent: () => ({}), tenant: () => ({}) });
    expect(dynamic.policy?.({ ...madeUpFacts(), limits: () => ({}) })).toEqual({
      agent: 'by principal',
      tenant: 'by principal',
      agentAndTool: 'by principal',
      cost: 'by principal',
      whenUnreachable: 'refuse',
    });
    expect(declare({ limits: { concurrent: 2, cost: () => 1 } })).toMatchObject({
      agentAndTool: { concurrent: 2 },
      cost: 'computed',
    });
  });
});

describe('admissions are counted', () => {
  test('at every limit that applied, under the name that its denials have', async () => {
    const { tool, admissions } = guarded({ agent: { perMinute: 3, concurrent: 2 }, tenant: { perHour: 100 } });
    const echo = tool();
    const search = tool({ limits: { perMinute: 1 } }, 'search');
    for (let call = 0; call < 2; call++) await echo();
    await search();
    expect(await count(2, search)).toBe(0);
    await expect(echo()).rejects.toMatchObject({ limit: '3 calls per minute reached for this agent' });
    expect(admissions()).toEqual({
      '3 calls per minute reached for this agent': 3,
      '2 calls at once reached for this agent': 3,
      '100 calls per hour reached for this tenant': 3,
      '1 calls per minute reached for this agent on search': 1,
      other: 0,
    });
  });

  test('and limits by plan are at most a hundred names: those beyond are one', async () => {
    const { tool, admissions } = guarded({ agent: ({ plan }) => ({ perMinute: Number(plan) }) });
    const echo = tool();
    for (let plan = 1; plan <= 300; plan++) {
      const principal = testPrincipal({ subject: `agent-${plan}`, plan: `${plan}` });
      for (let call = 0; call < 2; call++) await echo(principal).catch(() => {});
    }
    const { other, ...named } = admissions();
    expect(Object.keys(named)).toHaveLength(100);
    expect(other).toBe(400);
  });
});
