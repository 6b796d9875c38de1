import { admissionStoreContract, errorOf, FakeClock, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { AdmissionRequest, AdmissionStore } from '../admission-store.js';
import { explain } from '../explain.js';
import { hardened } from '../hardened.js';
import type { AdmissionMode } from './local-fallback.js';
import { localFallback } from './local-fallback.js';
import { memoryAdmission } from './memory-admission.js';

/** A shared store that can be taken away and brought back. */
function breakable(clock: FakeClock) {
  const store = memoryAdmission({ clock });
  const control = { down: false, asked: 0, released: vi.fn(store.release), renewed: vi.fn(store.renew) };
  const shared: AdmissionStore = {
    async admit(request) {
      control.asked++;
      if (control.down) throw new Error('ECONNREFUSED');
      return store.admit(request);
    },
    renew: control.renewed,
    release: control.released,
  };
  return { control, shared };
}

function fallen(instances = 3) {
  const clock = new FakeClock();
  const { control, shared } = breakable(clock);
  const changes: AdmissionMode[] = [];
  const store = localFallback(shared, instances, { clock, onMode: (change) => changes.push(change) });
  return { clock, control, shared, store, changes };
}

let made = 0;
const request = (over: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  id: `r${made++}`,
  tenant: 'acme',
  windows: [{ key: 'a', reached: '60 calls per minute reached', limit: 60, windowMs: 60_000, cost: 1 }],
  leases: [],
  leaseMs: 30_000,
  whenUnreachable: 'local',
  ...over,
});

describe('while the shared store answers, the contract holds as it does without the fallback:', () => {
  const rules = admissionStoreContract(() => {
    const clock = new FakeClock();
    const store = localFallback(memoryAdmission({ clock }), 3, { clock });
    return { store, advance: (ms) => clock.advance(ms) };
  });
  for (const { title, prove } of rules) test(title, prove);
});

test('while it does not, each instance admits its share of a limit, so that all of them together keep it', async () => {
  const { control, store } = fallen(3);
  control.down = true;
  const decisions = await Promise.all(Array.from({ length: 40 }, () => store.admit(request())));
  expect(decisions.filter(({ admitted }) => admitted)).toHaveLength(20);
  expect(decisions.at(-1)).toMatchObject({ limit: '60 calls per minute reached (its share of this instance)' });
});

test('of a budget too each instance admits its share, and says that it is one', async () => {
  const { control, store } = fallen(3);
  control.down = true;
  const reached = '9 units per month spent';
  const month = { key: 'm', reached, limit: 9, windowMs: 31 * 86_400_000, calendar: 'month' as const, cost: 1 };
  const decisions = await Promise.all(Array.from({ length: 9 }, () => store.admit(request({ windows: [month] }))));
  expect(decisions.filter(({ admitted }) => admitted)).toHaveLength(3);
  expect(decisions.at(-1)).toMatchObject({ limit: `${reached} (its share of this instance)`, isBudget: true });
});

test('what may not be decided here rejects, and so does what could never pass within the share', async () => {
  const { control, store } = fallen(3);
  control.down = true;
  await expect(store.admit(request({ whenUnreachable: 'refuse' }))).rejects.toThrow('ECONNREFUSED');
  const { whenUnreachable: _, ...undeclared } = request();
  await expect(store.admit(undeclared)).rejects.toThrow('ECONNREFUSED');
  const [window] = request().windows;
  const dear = request({ windows: window === undefined ? [] : [{ ...window, cost: 30 }] });
  await expect(store.admit(dear)).rejects.toThrow('ECONNREFUSED');
});

test('after five failures in a row it is not asked for a second, then once a second, until it answers', async () => {
  const { clock, control, store, changes } = fallen();
  control.down = true;
  for (let call = 0; call < 100; call++) await store.admit(request());
  expect(control.asked).toBe(5);
  expect(changes).toEqual([{ mode: 'fallback', cause: expect.any(Error) }]);
  for (let second = 0; second < 10; second++) {
    await clock.advance(1_000);
    await Promise.all(Array.from({ length: 50 }, () => store.admit(request())));
  }
  expect(control.asked).toBe(15);
  control.down = false;
  await clock.advance(1_000);
  expect((await store.admit(request())).admitted).toBe(true);
  for (let call = 0; call < 100; call++) await store.admit(request());
  expect(control.asked).toBe(116);
  expect(changes.map(({ mode }) => mode)).toEqual(['fallback', 'shared']);
});

test('each change of the rule is one line of JSON in the log, when nobody else is told', async () => {
  const line = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    const clock = new FakeClock();
    const { control, shared } = breakable(clock);
    const store = localFallback(shared, 3, { clock });
    control.down = true;
    for (let call = 0; call < 50; call++) await store.admit(request());
    control.down = false;
    await clock.advance(1_000);
    for (let call = 0; call < 50; call++) await store.admit(request());
    expect(line.mock.calls.map(([text]) => JSON.parse(text as string))).toEqual([
      { level: 'error', event: 'admission-mode', mode: 'fallback', cause: 'Error: ECONNREFUSED' },
      { level: 'info', event: 'admission-mode', mode: 'shared' },
    ]);
  } finally {
    line.mockRestore();
  }
});

test('failures that are not in a row change no rule', async () => {
  const { control, store, changes } = fallen();
  for (let call = 0; call < 40; call++) {
    control.down = call % 5 !== 0;
    await store.admit(request());
  }
  expect(control.asked).toBe(40);
  expect(changes).toEqual([]);
});

test('calls that were open together and fail together are one failure: a process that stood still is no outage', async () => {
  const clock = new FakeClock();
  const changes: AdmissionMode[] = [];
  const late: AdmissionStore = {
    ...memoryAdmission({ clock }),
    admit: () => new Promise((_, reject) => clock.setTimeout(() => reject(new Error('timed out')), 75)),
  };
  const store = localFallback(late, 1, { clock, onMode: (change) => changes.push(change) });
  for (let batch = 1; batch <= 5; batch++) {
    const calls = Array.from({ length: 50 }, () => store.admit(request()));
    await clock.advance(75);
    await Promise.all(calls);
    expect(changes).toHaveLength(batch < 5 ? 0 : 1);
    await clock.advance(1);
  }
});

test('a lease is renewed and released where it was taken, whatever the rule is by then', async () => {
  const { clock, control, store } = fallen(1);
  const lease = { windows: [], leases: [{ key: 'a', reached: '1 at once', limit: 1 }] };
  const shared = request(lease);
  await store.admit(shared);
  control.down = true;
  const here = request(lease);
  expect((await store.admit(here)).admitted).toBe(true);
  control.down = false;
  await store.release(here);
  expect(control.released).not.toHaveBeenCalled();
  await store.renew(shared);
  await store.release(shared);
  expect(control.renewed).toHaveBeenCalledExactlyOnceWith(shared);
  expect(control.released).toHaveBeenCalledExactlyOnceWith(shared);
  control.down = true;
  expect((await store.admit(request(lease))).admitted).toBe(true);
  await clock.advance(1);
});

test.each([0, 0.5, Number.NaN])('%d expected instances are refused', (instances) => {
  expect(() => localFallback(memoryAdmission(), instances)).toThrow(RangeError);
});

describe('behind the shipped stack', () => {
  const spec = { description: 'x', input: z.object({}), handler: () => 'ran' };

  test('a read falls back, and a write is refused as unavailable with a time to wait: never as limited', async () => {
    const { clock, control, store } = fallen(60);
    const stack = hardened({ clock, admission: store, report: () => {} });
    const read = stack.tool({ ...spec, name: 'read', access: 'read' });
    const write = stack.tool({ ...spec, name: 'write', access: 'write', effects: 'natural' });
    const sensitive = stack.tool({ ...spec, name: 'sensitive', access: 'sensitive', effects: 'natural' });
    const auth = testPrincipal({ scopes: ['mcp:tools:write'] });
    control.down = true;
    for (let call = 0; call < 10; call++) {
      for (const tool of [write, sensitive]) {
        const unavailable = { code: 'DEPENDENCY_UNAVAILABLE', retryAfterMs: 1_000, retryable: true };
        expect(errorOf(await tool.call({ input: {}, auth }))).toMatchObject(unavailable);
      }
    }
    expect(errorOf(await read.call({ input: {}, auth }))).toBeUndefined();
    expect(errorOf(await read.call({ input: {}, auth }))).toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('a tool may declare the other rule, and shows the one it has', async () => {
    const stack = hardened();
    const policyOf = (over: object) =>
      explain(stack.tool({ ...spec, name: 'x', access: 'read', ...over } as never)).layers.find(
        ({ name }) => name === 'admit',
      )?.policy;
    expect(policyOf({})).toMatchObject({ whenUnreachable: 'local' });
    expect(policyOf({ whenUnreachable: 'refuse' })).toMatchObject({ whenUnreachable: 'refuse' });
    const write = { access: 'write', effects: 'natural' };
    expect(policyOf(write)).toMatchObject({ whenUnreachable: 'refuse' });
    expect(policyOf({ ...write, whenUnreachable: 'local' })).toMatchObject({ whenUnreachable: 'local' });
    for (const wrong of [{ whenUnreachable: 'open' }, { ...write, access: 'sensitive', whenUnreachable: 'local' }]) {
      expect(() => policyOf(wrong)).toThrow('whenUnreachable');
    }
  });
});

test('which rule is in force, and how often the store did not decide, can be measured', async () => {
  const { control, store, clock } = fallen();
  const measured = () => Object.fromEntries((store.measures?.() ?? []).map(({ name, value }) => [name, value]));
  expect(measured()).toEqual({ fallback: 0, store_failures_total: 0 });
  control.down = true;
  for (let call = 0; call < 5; call++) await store.admit(request());
  expect(measured()).toEqual({ fallback: 1, store_failures_total: 5 });
  control.down = false;
  await clock.advance(1_000);
  await store.admit(request());
  expect(measured()).toEqual({ fallback: 0, store_failures_total: 5 });
});
