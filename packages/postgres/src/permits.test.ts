import { priorities } from '@sallyport/core';
import { FakeClock } from '@sallyport/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Permits } from './permits.js';

const forever = (): AbortSignal => new AbortController().signal;

it('hands permits out in order, and never more than there are', async () => {
  const permits = new Permits(2);
  const order: number[] = [];
  let held = 0;
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const giveBack = await permits.acquire(forever());
      held += 1;
      expect(held).toBeLessThanOrEqual(2);
      order.push(i);
      await Promise.resolve();
      held -= 1;
      giveBack();
      giveBack();
    }),
  );
  expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

it('lets the most important in first, and of equals who came first, whoever leaves the queue meanwhile', async () => {
  const arrival = fc.record({ priority: fc.constantFrom(...priorities), leaves: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { maxLength: 30 }), async (arrivals) => {
      const permits = new Permits(1);
      const giveBack = await permits.acquire(forever());
      const order: number[] = [];
      const waiting = arrivals.map(async ({ priority, leaves }, n) => {
        const gone = new AbortController();
        const turn = permits.acquire(gone.signal, { priority });
        if (leaves) gone.abort();
        const free = await turn;
        order.push(n);
        free();
      });
      giveBack();
      await Promise.allSettled(waiting);
      const staying = arrivals.map((each, n) => ({ ...each, n })).filter(({ leaves }) => !leaves);
      const expected = priorities.flatMap((priority) => staying.filter((each) => each.priority === priority));
      expect(order).toEqual(expected.map(({ n }) => n));
    }),
  );
});

it('expects those of the same and of higher priority to go before, and nobody else', async () => {
  const clock = new FakeClock();
  const permits = new Permits(1, clock);
  for (let n = 0; n < 200; n += 1) {
    const giveBack = await permits.acquire(forever());
    await clock.advance(100);
    giveBack();
  }
  const held = await permits.acquire(forever());
  const waiting = priorities.map((priority) => permits.acquire(forever(), { priority }));
  expect(priorities.map((priority) => Math.round(permits.expectedWaitMs(priority)))).toEqual([200, 300, 400, 500]);
  held();
  for (const turn of waiting) (await turn)();
});

it('lets a waiting caller leave at once, without losing a permit', async () => {
  const permits = new Permits(1);
  const giveBack = await permits.acquire(forever());
  const abort = new AbortController();
  const left = permits.acquire(abort.signal);
  const stays = permits.acquire(forever());
  abort.abort('enough');
  await expect(left).rejects.toBe('enough');
  giveBack();
  (await stays)();
  expect(await permits.close(0)).toBe(true);
});

it('turns everybody away when it closes, and waits for those inside', async () => {
  const permits = new Permits(1);
  const giveBack = await permits.acquire(forever());
  const waiting = permits.acquire(forever());
  const closed = permits.close(60_000);
  await expect(waiting).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(permits.acquire(forever())).rejects.toMatchObject({ kind: 'unavailable' });
  giveBack();
  expect(await closed).toBe(true);
});

it('refuses at once when the expected wait is longer than the time left, and says how long it would be', async () => {
  const clock = new FakeClock();
  const permits = new Permits(2, clock);
  const holdFor = async (ms: number): Promise<void> => {
    const giveBack = await permits.acquire(forever());
    await clock.advance(ms);
    giveBack();
  };
  for (let i = 0; i < 50; i += 1) await holdFor(400);
  const held = [await permits.acquire(forever()), await permits.acquire(forever())];
  expect(permits.expectedWaitMs()).toBeGreaterThan(180);
  expect(permits.expectedWaitMs()).toBeLessThanOrEqual(200);
  await expect(permits.acquire(forever(), { leftMs: 150 })).rejects.toMatchObject({
    kind: 'unavailable',
    retryAfterMs: expect.closeTo(199, -1),
  });
  const waiting = permits.acquire(forever(), { leftMs: 250 });
  await expect(permits.acquire(forever(), { leftMs: 250 })).rejects.toMatchObject({ kind: 'unavailable' });
  for (const giveBack of held) giveBack();
  (await waiting)();
  expect(permits.expectedWaitMs()).toBe(0);
});

it('its measures say how many there are, how many are held, and how many callers wait', async () => {
  const permits = new Permits(2);
  const said = () => permits.measures('app').map(({ name, value, labels }) => [name, value, labels.login]);
  const held = [await permits.acquire(forever()), await permits.acquire(forever())];
  const waiting = permits.acquire(forever());
  expect(said()).toEqual([
    ['capacity', 2, 'app'],
    ['in_use', 2, 'app'],
    ['waiting', 1, 'app'],
  ]);
  for (const giveBack of held) giveBack();
  (await waiting)();
  expect(said().map(([, value]) => value)).toEqual([2, 0, 0]);
});
