import { type AdmissionStore, hardened, localFallback, memoryAdmission } from '@sallyport/core';
import { FakeClock } from '@sallyport/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { call, modernCall, post } from '../../test-rig/messages.js';
import { issuer, start, stopAll } from '../../test-rig/start.js';
import type { Denials, ServeOptions } from '../index.js';

afterEach(stopAll);

/** A server with little to give, on a clock of the test's. */
async function limited(
  options: Partial<ServeOptions> = {},
  storeOn = (clock: FakeClock) => memoryAdmission({ clock, utcNow: () => Date.UTC(2026, 10, 26, 12) + clock.now() }),
) {
  const clock = new FakeClock();
  const admission: AdmissionStore = storeOn(clock);
  const admit = vi.spyOn(admission, 'admit');
  const stack = hardened({ clock, admission, report: () => {}, agentLimits: { perMinute: 4, perHour: 1_000 } });
  const spec = { description: 'x', access: 'read', input: z.object({}), handler: () => 'ran' } as const;
  const content = [
    stack.tool({ ...spec, name: 'echo' }),
    stack.tool({ ...spec, name: 'tight', limits: { perMinute: 1 } }),
    stack.tool({ ...spec, name: 'dear', limits: { cost: 3 } }),
    stack.tool({ ...spec, name: 'both', limits: { perMinute: 2 }, limitsPerTenant: { perMinute: 3, perHour: 9 } }),
    stack.tool({ ...spec, name: 'budget', limits: { budget: { perDay: 1, perMonth: 9 } } }),
    stack.tool({ ...spec, name: 'few', limits: { perMinute: 0.5, perHour: 2.5, cost: 0.5 } }),
  ];
  const { host } = await start({ content, clock, ...options });
  const token = await issuer.mint();
  const ask = (name = 'echo', era: 'legacy' | 'modern' = 'legacy', id: unknown = 1) => {
    if (era === 'legacy') return post(host.url, call(name, {}, id), token);
    const { body, headers } = modernCall(name, {}, id);
    return post(host.url, body, token, headers);
  };
  return { ask, clock, host, token, admit };
}

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
};

const denialsOf = async (ask: () => Promise<Response>, times: number) => {
  const statuses: number[] = [];
  for (let asked = 0; asked < times; asked++) {
    const response = await ask();
    statuses.push(response.status);
    await response.text();
  }
  return statuses;
};

describe.each(['legacy', 'modern'] as const)('%s: an answer', (era) => {
  it('says in headers what is left of each window, and a denial when to come back', async () => {
    const { ask, clock } = await limited();
    const first = await ask('tight', era);
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-policy')).toBe(
      '"agent-minute";q=4;w=60, "agent-hour";q=1000;w=3600, "tool-minute";q=1;w=60',
    );
    expect(first.headers.get('ratelimit')).toBe('"agent-minute";r=3, "agent-hour";r=999, "tool-minute";r=0');
    expect(first.headers.get('retry-after')).toBeNull();
    await first.text();
    await clock.advance(15_000);
    const denied = await ask('tight', era);
    expect(denied.status).toBe(200);
    expect(await denied.text()).toContain('RATE_LIMITED');
    const wait = denied.headers.get('retry-after');
    expect(Number(wait)).toBeGreaterThanOrEqual(45);
    expect(Number(wait)).toBeLessThanOrEqual(50);
    expect(denied.headers.get('ratelimit')).toBe(`"agent-minute";r=3, "agent-hour";r=999, "tool-minute";r=0;t=${wait}`);
  });
});

it.each([
  ['both', '"tool-minute";q=2;w=60, "tenant-tool-minute";q=3;w=60, "tenant-tool-hour";q=9;w=3600'],
  ['few', '"tool-hour";q=2;w=3600'],
  ['budget', '"tool-day";q=1;w=86400, "tool-month";q=9'],
])('no two policies have one name, and none says less than one unit: %s', async (name, own) => {
  const { ask } = await limited();
  const policies = (await ask(name)).headers.get('ratelimit-policy');
  expect(policies).toBe(`"agent-minute";q=4;w=60, "agent-hour";q=1000;w=3600, ${own}`);
});

describe('by default', () => {
  it('a denial is a tool error; who keeps calling while it has to wait gets 429 from the edge, and the store is not asked', async () => {
    const { ask, clock, admit } = await limited();
    const tick = async () => {
      await clock.advance(1_001);
      return ask('echo', 'legacy', 'my-id');
    };
    expect(await denialsOf(tick, 9)).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 200]);
    expect(admit).toHaveBeenCalledTimes(9);
    const turned = await tick();
    expect(turned.status).toBe(429);
    const wait = Number(turned.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(await turned.json()).toMatchObject({
      jsonrpc: '2.0',
      id: 'my-id',
      error: { code: 429, data: { code: 'RATE_LIMITED' } },
    });
    expect(await denialsOf(tick, 20)).toEqual(new Array(20).fill(429));
    expect(admit).toHaveBeenCalledTimes(9);
    await clock.advance(wait * 1_000);
    expect(await denialsOf(tick, 1)).toEqual([200]);
    expect(admit).toHaveBeenCalledTimes(10);
  });

  it('everything but tools/call is answered as ever, server/discover and lists above all', async () => {
    const { ask, clock, host, token } = await limited();
    const tick = async () => {
      await clock.advance(1_001);
      return ask();
    };
    await denialsOf(tick, 9);
    expect((await tick()).status).toBe(429);
    const { headers, body } = modernCall('echo');
    for (const method of ['tools/list', 'server/discover']) {
      const own = { ...headers, 'Mcp-Method': method, 'Mcp-Name': '' };
      const { 'Mcp-Name': _, ...without } = own;
      const message = { jsonrpc: '2.0', id: 1, method, params: { _meta: body.params._meta } };
      expect((await post(host.url, message, token, without)).status).toBe(200);
    }
    expect((await post(host.url, { jsonrpc: '2.0', id: 1, method: 'ping' }, token)).status).toBe(200);
  });

  it('a limit of one tool does not turn its caller away from the others, and another caller from none', async () => {
    const { ask, clock, host } = await limited();
    const tick = async () => {
      await clock.advance(1_001);
      return ask('tight');
    };
    await denialsOf(tick, 6);
    expect((await tick()).status).toBe(429);
    expect((await ask('echo')).status).toBe(200);
    const other = await issuer.mint({ subject: 'somebody-else' });
    expect((await post(host.url, call('tight'), other)).status).toBe(200);
  });

  it('a call that costs more than what is left keeps nobody from cheaper ones', async () => {
    const { ask, clock } = await limited();
    const tick = async () => {
      await clock.advance(1_001);
      return ask('dear');
    };
    expect(new Set(await denialsOf(tick, 10))).toEqual(new Set([200]));
    expect(await (await ask('echo')).text()).toContain('ran');
    expect(new Set(await denialsOf(tick, 10))).toEqual(new Set([200]));
  });

  it('a spent budget turns its caller away for a minute at a time: it may be raised before it renews', async () => {
    const { ask, clock, admit } = await limited();
    const tick = async () => {
      await clock.advance(1_001);
      return ask('budget');
    };
    await (await tick()).text();
    const denied = await tick();
    expect(await denied.text()).toContain(
      'BUDGET_EXHAUSTED: 1 units per day spent by this agent on budget. Try again in',
    );
    expect(Number(denied.headers.get('retry-after'))).toBeGreaterThan(40_000);
    await denialsOf(tick, 4);
    const asked = admit.mock.calls.length;
    const turned = await tick();
    expect(turned.status).toBe(429);
    expect(Number(turned.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(admit).toHaveBeenCalledTimes(asked);
    await clock.advance(60_000);
    expect(await (await tick()).text()).toContain('BUDGET_EXHAUSTED');
  });

  it('a limit of calls at once turns nobody away: a slot may be free at any time', async () => {
    let isFull = true;
    const slotsOn = (clock: FakeClock): AdmissionStore => ({
      ...memoryAdmission({ clock }),
      admit: ({ windows, leases }) => {
        const left = { atMs: clock.now(), remaining: windows.map(() => 1) };
        return isFull
          ? { ...left, admitted: false, limit: leases[0]?.reached ?? '', retryAfterMs: 60_000 }
          : { ...left, admitted: true };
      },
    });
    const { ask, clock } = await limited({}, slotsOn);
    const tick = async () => {
      await clock.advance(1_001);
      return ask();
    };
    expect(new Set(await denialsOf(tick, 10))).toEqual(new Set([200]));
    isFull = false;
    expect(await (await ask()).text()).toContain('ran');
  });

  it("an instance's share of the limits is what headers say, and its denials turn nobody away when the shared store is back", async () => {
    let isAway = true;
    const sharedOn = (clock: FakeClock): AdmissionStore => {
      const shared = memoryAdmission({ clock });
      const admit: AdmissionStore['admit'] = (request) =>
        isAway ? Promise.reject(new Error('away')) : shared.admit(request);
      return localFallback({ ...shared, admit }, 4, { clock, onMode: () => {} });
    };
    const { ask, clock } = await limited({}, sharedOn);
    const tick = async () => {
      await clock.advance(1_001);
      return ask();
    };
    const first = await tick();
    expect(first.headers.get('ratelimit-policy')).toBe('"agent-minute";q=1;w=60, "agent-hour";q=250;w=3600');
    expect(first.headers.get('ratelimit')).toBe('"agent-minute";r=0, "agent-hour";r=249');
    const second = await tick();
    expect(second.headers.get('ratelimit')).toMatch(/^"agent-minute";r=0;t=\d+, "agent-hour";r=249$/);
    expect(new Set(await denialsOf(tick, 10))).toEqual(new Set([200]));
    isAway = false;
    expect(await (await tick()).text()).toContain('ran');
  });

  it('calls in parallel that none was told of are all tool errors', async () => {
    const { ask } = await limited();
    const responses = await Promise.all(Array.from({ length: 40 }, () => ask()));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  });
});

it("with 'tool-error' a denial never leaves the protocol", async () => {
  const { ask, clock } = await limited({ denials: 'tool-error' });
  const tick = async () => {
    await clock.advance(1);
    return ask();
  };
  expect(new Set(await denialsOf(tick, 40))).toEqual(new Set([200]));
});

describe.each(['legacy', 'modern'] as const)("with 'http-429', %s:", (era) => {
  it('every denial is 429 with the time to wait and the id, and everything else is as ever', async () => {
    const { ask } = await limited({ denials: 'http-429' });
    for (let admitted = 0; admitted < 4; admitted++) {
      const response = await ask('echo', era);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('ran');
    }
    const denied = await ask('echo', era, 'an-id');
    expect(denied.status).toBe(429);
    expect(Number(denied.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(denied.headers.get('ratelimit')).toContain('"agent-minute";r=0;t=');
    expect(await denied.json()).toMatchObject({
      id: 'an-id',
      error: { code: 429, data: { code: 'RATE_LIMITED', limit: expect.any(String) } },
    });
  });
});

it("with 'http-429' a spent budget is 429 too, under its own code", async () => {
  const { ask } = await limited({ denials: 'http-429' });
  await (await ask('budget')).text();
  const denied = await ask('budget');
  expect(denied.status).toBe(429);
  expect(await denied.json()).toMatchObject({ error: { code: 42901, data: { code: 'BUDGET_EXHAUSTED' } } });
});

describe.each([
  ['through the official handler, as a stream', 'none'],
  ['in a session', 'memory'],
] as const)("with 'http-429', %s:", (_, sessions) => {
  it('a denial is 429 as well, because an answer does not begin before its limits are decided', async () => {
    const { host, token } = await limited({ denials: 'http-429', sessions });
    const started = await post(host.url, initialize, token);
    const session = started.headers.get('mcp-session-id');
    expect(session === null).toBe(sessions === 'none');
    const own: Record<string, string> = session === null ? {} : { 'Mcp-Session-Id': session };
    const streamed = { ...call('echo'), params: { name: 'echo', arguments: {}, _meta: { progressToken: 'p' } } };
    for (let admitted = 0; admitted < 4; admitted++) {
      const response = await post(host.url, streamed, token, own);
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      expect(response.headers.get('ratelimit')).toContain(`"agent-minute";r=${3 - admitted}`);
      expect(await response.text()).toContain('ran');
    }
    const denied = await post(host.url, streamed, token, own);
    expect(denied.status).toBe(429);
    expect(await denied.json()).toMatchObject({ id: 1, error: { code: 429 } });
  });
});

it.each<Denials>(['escalate', 'http-429', 'tool-error'])(
  'an array of calls is refused whole with %s, and none of them is admitted',
  async (denials) => {
    const { host, token, admit } = await limited({ denials });
    const response = await post(host.url, [call('echo', {}, 1), call('echo', {}, 2)], token);
    expect(response.status).toBe(400);
    expect(admit).not.toHaveBeenCalled();
  },
);

it('a store that fails is 503 in the protocol and not a denial: no Retry-After of a limit, no 429', async () => {
  const broken: AdmissionStore = { ...memoryAdmission(), admit: () => Promise.reject(new Error('gone')) };
  const stack = hardened({ admission: broken, report: () => {} });
  const tool = stack.tool({ name: 'x', description: 'x', access: 'read', input: z.object({}), handler: () => 'ran' });
  const { host } = await start({ content: [tool], denials: 'http-429' });
  const response = await post(host.url, call('x'), await issuer.mint());
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('DEPENDENCY_UNAVAILABLE');
  expect(response.headers.get('ratelimit')).toBeNull();
});
