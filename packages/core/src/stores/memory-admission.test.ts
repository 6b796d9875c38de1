import { admissionStoreContract, budgetContract, FakeClock, mostInWindow } from '@sallyport/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AdmissionRequest } from '../admission-store.js';
import { memoryAdmission } from './memory-admission.js';

let made = 0;
const request = (over: Partial<AdmissionRequest>): AdmissionRequest => ({
  id: `${++made}`,
  tenant: 'acme',
  windows: [],
  leases: [],
  leaseMs: 30_000,
  ...over,
});
const minute = (key: string, limit: number, cost = 1) => ({ key, reached: key, limit, windowMs: 60_000, cost });
const hour = (key: string, limit: number, cost = 1) => ({ key, reached: key, limit, windowMs: 3_600_000, cost });
const lease = (key: string, limit: number) => ({ key, reached: key, limit });

describe.each([1_000, 100_000])('memoryAdmission of %d keys keeps the contract of every admission store', (maxKeys) => {
  const fresh = () => {
    const clock = new FakeClock();
    return { store: memoryAdmission({ clock, maxKeys }), advance: (ms: number) => clock.advance(ms) };
  };
  for (const { title, prove } of admissionStoreContract(fresh)) test(title, prove);
});

test('10,000 calls denied on one dimension charge the others 0', async () => {
  const store = memoryAdmission({ clock: new FakeClock() });
  const shut = request({ windows: [minute('shut', 1)] });
  await store.admit(shut);
  const denied = {
    windows: [minute('agent', 1), minute('shut', 1), hour('agent/hour', 1)],
    leases: [lease('agent', 1)],
  };
  for (let call = 0; call < 10_000; call++) {
    expect(await store.admit(request(denied))).toMatchObject({ admitted: false, limit: 'shut' });
  }
  const others = { windows: [minute('agent', 1), hour('agent/hour', 1)], leases: [lease('agent', 1)] };
  expect(await store.admit(request(others))).toMatchObject({ admitted: true });
});

test('whatever arrives, all windows and leases hold together and offline', async () => {
  const arrival = fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20_000 })),
    agent: fc.constantFrom('a', 'b'),
    cost: fc.integer({ min: 1, max: 4 }),
    end: fc.constantFrom('release', 'twice', 'vanish'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { maxLength: 200 }), async (arrivals) => {
      const clock = new FakeClock(0);
      const store = memoryAdmission({ clock });
      const history: { atMs: number; units: number; agent: string }[] = [];
      for (const { afterMs, agent, cost, end } of arrivals) {
        await clock.advance(afterMs);
        const asked = request({
          windows: [minute(`${agent}/minute`, 10, cost), hour('tenant', 40, cost)],
          leases: [lease(agent, 2)],
        });
        const { admitted } = await store.admit(asked);
        if (!admitted) continue;
        history.push({ atMs: clock.now(), units: cost, agent });
        if (end !== 'vanish') await store.release(asked);
        if (end === 'twice') await store.release(asked);
      }
      expect(mostInWindow(history, 3_600_000)).toBeLessThanOrEqual(40);
      for (const name of ['a', 'b']) {
        const own = history.filter(({ agent }) => agent === name);
        expect(mostInWindow(own, 60_000)).toBeLessThanOrEqual(10);
      }
    }),
    { numRuns: 100 },
  );
});

test('of several limits that refuse, the one with the longest wait is named', async () => {
  const store = memoryAdmission({ clock: new FakeClock(0) });
  const both = { windows: [minute('minute', 1), hour('hour', 1)] };
  await store.admit(request(both));
  expect(await store.admit(request(both))).toMatchObject({ admitted: false, limit: 'hour' });
});

test('a flood of 1,000,000 fresh keys neither forgives a live key nor grows beyond maxKeys', async () => {
  const clock = new FakeClock();
  const maxKeys = 1_000;
  const store = memoryAdmission({ clock, maxKeys });
  const abuser = () => store.admit(request({ windows: [minute('abuser', 1)] }));
  expect((await abuser()).admitted).toBe(true);
  let admitted = 0;
  for (let key = 0; key < 1_000_000; key++) {
    const flood = { id: `flood-${key}`, tenant: '', windows: [minute(`${key}`, 1)], leases: [], leaseMs: 1 };
    try {
      await store.admit(flood);
      admitted++;
    } catch {}
  }
  expect(admitted).toBe(maxKeys - 1);
  expect((await abuser()).admitted).toBe(false);
}, 60_000);

test('leases that were given back keep nobody out, in whatever moment room is needed', async () => {
  const store = memoryAdmission({ clock: new FakeClock(0), maxKeys: 10 });
  const hold = (name: string) => request({ leases: [lease(name, 1)] });
  for (let round = 0; round < 3; round++) {
    const held = Array.from({ length: 10 }, (_, index) => hold(`${round} ${index}`));
    for (const one of held) expect((await store.admit(one)).admitted).toBe(true);
    await expect(async () => store.admit(hold('one too many'))).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
    });
    for (const one of held) await store.release(one);
  }
});

test('when every counter is in use a new caller is DEPENDENCY_UNAVAILABLE, not RATE_LIMITED, and a known one is served', async () => {
  const clock = new FakeClock();
  const store = memoryAdmission({ clock, maxKeys: 2 });
  for (const key of ['a', 'b']) await store.admit(request({ windows: [minute(key, 5)] }));
  await expect(async () => store.admit(request({ windows: [minute('c', 5)] }))).rejects.toMatchObject({
    code: 'DEPENDENCY_UNAVAILABLE',
    retryAfterMs: 60_000,
  });
  expect((await store.admit(request({ windows: [minute('a', 5)] }))).admitted).toBe(true);
});

test('room that counters of another window length held is given back once they have run empty', async () => {
  const clock = new FakeClock();
  const store = memoryAdmission({ clock, maxKeys: 2 });
  for (const key of ['a', 'b']) await store.admit(request({ windows: [minute(key, 5)] }));
  await clock.advance(65_000);
  expect((await store.admit(request({ windows: [hour('c', 5)] }))).admitted).toBe(true);
});

test('leases count as keys, and those of holders that vanished are given back although nobody asks for them', async () => {
  const clock = new FakeClock();
  const store = memoryAdmission({ clock, maxKeys: 2 });
  for (const key of ['a', 'b']) await store.admit(request({ leases: [lease(key, 1)] }));
  await expect(async () => store.admit(request({ leases: [lease('c', 1)] }))).rejects.toMatchObject({
    code: 'DEPENDENCY_UNAVAILABLE',
  });
  await clock.advance(30_000);
  expect((await store.admit(request({ leases: [lease('c', 1)] }))).admitted).toBe(true);
});

test('an admission is remembered for 30 seconds, and after that charged again', async () => {
  const clock = new FakeClock();
  const store = memoryAdmission({ clock });
  const left = async () => (await store.admit(request({ windows: [hour('a', 10, 0)] }))).remaining[0];
  const first = request({ windows: [hour('a', 10)] });
  await store.admit(first);
  await clock.advance(29_999);
  await store.admit(first);
  expect(await left()).toBe(9);
  await clock.advance(1);
  await store.admit(first);
  expect(await left()).toBe(8);
});

test('of very many admissions the older ones may be forgotten: such a one is charged again, never admitted for nothing', async () => {
  const store = memoryAdmission({ clock: new FakeClock() });
  let count = 0;
  const sent = () => ({ ...request({ windows: [hour('a', 10_000)] }), id: `maker.${(count++).toString(36)}` });
  const left = async () => (await store.admit(request({ windows: [hour('a', 10_000, 0)] }))).remaining[0];
  const first = sent();
  await store.admit(first);
  for (let call = 0; call < 30; call++) await store.admit(sent());
  expect((await store.admit(first)).admitted).toBe(true);
  expect(await left()).toBe(10_000 - 31);
  for (let call = 0; call < 2_000; call++) await store.admit(sent());
  await store.admit(first);
  expect(await left()).toBe(10_000 - 2_032);
});

test('a clock that steps back frees nothing', async () => {
  let now = 600_000;
  const clock = { now: () => now, setTimeout: () => 0, clearTimeout: () => {} };
  const store = memoryAdmission({ clock });
  const once = () => store.admit(request({ windows: [minute('a', 1)], leases: [lease('a', 9)] }));
  expect((await once()).admitted).toBe(true);
  for (const back of [1, 1_000, 60_000, 500_000]) {
    now = 600_000 - back;
    expect((await once()).admitted).toBe(false);
  }
});

test('a caller whose windows are known is served although every other counter is in use', async () => {
  const clock = new FakeClock();
  const store = memoryAdmission({ clock, maxKeys: 3 });
  const ask = async (agent: string, id: string) =>
    store.admit({
      id,
      tenant: 't',
      windows: [{ key: agent, reached: 'r', limit: 5, windowMs: 60_000, cost: 1 }],
      leases: [{ key: agent, reached: 'r', limit: 5 }],
      leaseMs: 1_000,
    });
  for (const agent of ['a', 'b', 'c']) {
    expect(await ask(agent, agent)).toMatchObject({ admitted: true });
    await clock.advance(1_000);
  }
  expect(await ask('a', 'again')).toMatchObject({ admitted: true });
  await expect(ask('d', 'd')).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
});

describe('memoryAdmission keeps the contract of budgets', () => {
  const fresh = () => {
    let now = 0;
    const setUtc = (utcMs: number) => {
      now = utcMs;
    };
    return { store: memoryAdmission({ clock: new FakeClock(), utcNow: () => now }), setUtc };
  };
  for (const { title, prove } of budgetContract(fresh)) test(title, prove);
});

test('a budget whose period is over gives its room to another caller, and one that counts does not', async () => {
  const clock = new FakeClock();
  let utc = Date.UTC(2026, 0, 31, 12);
  const store = memoryAdmission({ clock, maxKeys: 2, utcNow: () => utc });
  const day = { ...minute('day', 5), windowMs: 86_400_000, calendar: 'day' as const };
  const month = { ...minute('month', 5), windowMs: 31 * 86_400_000, calendar: 'month' as const };
  await store.admit(request({ windows: [day, month] }));
  const other = () => store.admit(request({ windows: [minute('other', 5)] }));
  expect(other).toThrow(expect.objectContaining({ code: 'DEPENDENCY_UNAVAILABLE' }));
  utc = Date.UTC(2026, 1, 1);
  await clock.advance(1_000);
  expect(await other()).toMatchObject({ admitted: true });
});
