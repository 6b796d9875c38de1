import type { AdmissionRequest } from '@sallyport/core';
import { FakeClock } from '@sallyport/testkit';
import { expect, test, vi } from 'vitest';
import type { AdmissionScripts } from './admission-scripts.js';
import { admissionVerbs } from './admission-verbs.js';
import { keyLayout } from './key-layout.js';
import type { Script } from './script.js';

const request: AdmissionRequest = {
  id: 'one',
  tenant: 'acme',
  windows: [{ key: 'w', reached: 'window', limit: 5, windowMs: 60_000, cost: 2 }],
  leases: [{ key: 'l', reached: 'lease', limit: 3 }],
  leaseMs: 30_000,
};
const withinMs = 75;
/** The server's clock runs this far ahead of ours. */
const aheadMs = 5_000_000;

/** A store over scripts of the test's own, each taking 2 ms there and 2 ms back. */
function verbs(admit: (serverMs: number, deadline: number) => unknown, { status = 'ready' } = {}) {
  const clock = new FakeClock();
  const after = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
  const sent: [verb: string, keys: readonly string[], args: readonly unknown[]][] = [];
  const serverMs = () => clock.now() + aheadMs;
  const script =
    (verb: string, run: (args: readonly unknown[]) => unknown = () => 1): Script =>
    async (keys, args) => {
      sent.push([verb, keys, args]);
      await after(2);
      const reply = await run(args);
      await after(2);
      return reply;
    };
  const scripts: AdmissionScripts = {
    admit: script('admit', (args) => admit(serverMs(), Number(args[1]))),
    renew: script('renew'),
    release: script('release'),
    withdraw: script('withdraw'),
  };
  const time = vi.fn(async () => {
    await after(2);
    const now = serverMs();
    await after(2);
    return [String(Math.floor(now / 1_000)), String((now % 1_000) * 1_000)];
  });
  const store = admissionVerbs({
    redis: { status, time, on: () => {} },
    scripts,
    key: keyLayout('t:'),
    withinMs,
    clock,
  });
  return { store, clock, sent, time, verbsSent: () => sent.map(([verb]) => verb) };
}

const ok = (serverMs: number) => [1, String(serverMs), 3];

test('the deadline is in time of the server, never later than its caller waits, and earlier by no more than a reply takes', async () => {
  const deadlines: number[] = [];
  const { store, clock } = verbs((serverMs, deadline) => {
    deadlines.push(deadline);
    return ok(serverMs);
  });
  await clock.advance(10);
  for (let call = 0; call < 3; call++) {
    const startedAt = clock.now() + aheadMs;
    const decided = store.admit(request);
    await clock.advance(4);
    expect((await decided).admitted).toBe(true);
    expect(deadlines.at(-1)).toBeLessThanOrEqual(startedAt + withinMs);
    expect(deadlines.at(-1)).toBeGreaterThanOrEqual(startedAt + withinMs - 4);
  }
});

test('a decision is one command, because the time was asked for ahead of the first call', async () => {
  const { store, clock, time, verbsSent } = verbs(ok);
  await clock.advance(10);
  expect(time).toHaveBeenCalledTimes(1);
  const decided = store.admit(request);
  await clock.advance(4);
  await decided;
  expect(verbsSent()).toEqual(['admit']);
  expect(time).toHaveBeenCalledTimes(1);
});

test('a refusal names the limit it is about, window or lease', async () => {
  const replies = [
    [0, '7.5', 1, 1_200, 0],
    [0, '8', 2, 1_000, 3],
  ];
  const { store, clock } = verbs(() => replies.shift());
  await clock.advance(10);
  for (const expected of [
    { admitted: false, limit: 'window', retryAfterMs: 1_200, atMs: 7.5, remaining: [0] },
    { admitted: false, limit: 'lease', retryAfterMs: 1_000, atMs: 8, remaining: [3] },
  ]) {
    const decided = store.admit(request);
    await clock.advance(4);
    expect(await decided).toEqual(expected);
  }
});

test('a server whose clock was set is asked once more with what it shows now', async () => {
  let jumped = 0;
  const { store, clock, verbsSent } = verbs((serverMs, deadline) => {
    const now = serverMs + jumped;
    return now > deadline ? [-1, String(now)] : ok(now);
  });
  await clock.advance(10);
  jumped = 60_000;
  const decided = store.admit(request);
  await clock.advance(8);
  expect((await decided).admitted).toBe(true);
  expect(verbsSent()).toEqual(['admit', 'admit']);
});

test('a server that always finds it too late ends in an error within the time of a decision, not in a loop', async () => {
  const { store, clock, verbsSent } = verbs((serverMs) => [-1, String(serverMs)]);
  await clock.advance(10);
  const decided = store.admit(request).catch((error: unknown) => error);
  await clock.advance(200);
  expect(await decided).toBeInstanceOf(Error);
  expect(verbsSent().length).toBeLessThanOrEqual(withinMs / 4 + 1);
});

test('a decision that was lost is undone, after its deadline, and tried again until it is', async () => {
  const { store, clock, sent, verbsSent } = verbs(() => Promise.reject(new Error('timed out')));
  await clock.advance(10);
  const decided = store.admit(request).catch(() => 'failed');
  await clock.advance(4);
  expect(await decided).toBe('failed');
  await clock.advance(withinMs - 1);
  expect(verbsSent()).toEqual(['admit']);
  await clock.advance(300);
  expect(verbsSent()).toEqual(['admit', 'withdraw']);
  expect(sent.at(-1)).toEqual(['withdraw', sent[0]?.[1], ['one', 1, 60_000, 2]]);
});

test('what was never sent is not undone', async () => {
  const { store, clock, verbsSent } = verbs(() => Promise.reject(new Error('not connected')), { status: 'connecting' });
  const decided = store.admit(request).catch(() => 'failed');
  await clock.advance(10);
  expect(await decided).toBe('failed');
  await clock.advance(1_000);
  expect(verbsSent()).toEqual(['admit']);
});
