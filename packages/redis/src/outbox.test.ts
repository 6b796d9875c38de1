import { FakeClock } from '@sallyport/testkit';
import { expect, test, vi } from 'vitest';
import { Outbox } from './outbox.js';

test('a verb is sent again until it is answered, and then no more', async () => {
  const clock = new FakeClock();
  const outbox = new Outbox(clock);
  const send = vi
    .fn(async () => {})
    .mockRejectedValueOnce(new Error('away'))
    .mockRejectedValueOnce(new Error('away'));
  outbox.add(send);
  expect(send).not.toHaveBeenCalled();
  await clock.advance(250);
  await clock.advance(250);
  expect(outbox.size).toBe(1);
  await clock.advance(250);
  expect(send).toHaveBeenCalledTimes(3);
  expect(outbox.size).toBe(0);
  expect(clock.timers).toBe(0);
  outbox.add(send);
  await clock.advance(250);
  expect(send).toHaveBeenCalledTimes(4);
});

test('a verb is given up when its time is over', async () => {
  const clock = new FakeClock();
  const outbox = new Outbox(clock, { keepMs: 1_000 });
  const send = vi.fn().mockRejectedValue(new Error('away'));
  outbox.add(send);
  for (let at = 0; at < 2_000; at += 250) await clock.advance(250);
  expect(send).toHaveBeenCalledTimes(3);
  expect(outbox.size).toBe(0);
  expect(clock.timers).toBe(0);
});

test('while the store is away one batch is sent at a time, and all of it is when it is back', async () => {
  const clock = new FakeClock();
  const outbox = new Outbox(clock);
  let away = true;
  let sent = 0;
  const send = async () => {
    sent++;
    if (away) throw new Error('away');
  };
  for (let n = 0; n < 1_000; n++) outbox.add(send);
  await clock.advance(250);
  expect(sent).toBe(50);
  away = false;
  await clock.advance(250);
  expect(outbox.size).toBe(0);
  expect(sent).toBe(1_050);
});

test('one that always fails keeps none of the others waiting', async () => {
  const clock = new FakeClock();
  const outbox = new Outbox(clock);
  outbox.add(() => Promise.reject(new Error('never')));
  const others = Array.from({ length: 200 }, () => vi.fn(async () => {}));
  for (const other of others) outbox.add(other);
  for (let n = 0; n < 8; n++) await clock.advance(250);
  expect(others.every((other) => other.mock.calls.length === 1)).toBe(true);
  expect(outbox.size).toBe(1);
});

test('is bounded in number, and the room of what was sent is given back', async () => {
  const clock = new FakeClock();
  const outbox = new Outbox(clock, { maxVerbs: 2 });
  const send = async () => {};
  expect([outbox.add(send), outbox.add(send), outbox.add(send)]).toEqual([true, true, false]);
  await clock.advance(250);
  expect(outbox.add(send)).toBe(true);
});
