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
