import { expect, test } from 'vitest';
import { FakeClock } from './fake-clock.js';

test('stands still until it is advanced, and then says the new time', async () => {
  const clock = new FakeClock(5);
  expect(clock.now()).toBe(5);
  await clock.advance(10);
  expect(clock.now()).toBe(15);
});

test('runs due timers in the order of their time and then of their age, each at its own time', async () => {
  const clock = new FakeClock(0);
  const seen: string[] = [];
  for (const [name, delay] of [
    ['c', 30],
    ['a', 10],
    ['b', 20],
    ['b2', 20],
    ['late', 31],
  ] as const) {
    clock.setTimeout(() => seen.push(`${name}@${clock.now()}`), delay);
  }
  await clock.advance(30);
  expect(seen).toEqual(['a@10', 'b@20', 'b2@20', 'c@30']);
  expect(clock.timers).toBe(1);
});

test('a timer that a due timer or a promise behind it sets runs in the same advance when it falls due', async () => {
  const clock = new FakeClock(0);
  const seen: number[] = [];
  clock.setTimeout(() => {
    void Promise.resolve().then(() => clock.setTimeout(() => seen.push(clock.now()), 5));
  }, 10);
  await clock.advance(20);
  expect(seen).toEqual([15]);
});

test('a cleared timer never runs', async () => {
  const clock = new FakeClock();
  let ran = false;
  clock.clearTimeout(clock.setTimeout(() => (ran = true), 1));
  await clock.advance(1_000);
  expect(ran).toBe(false);
  expect(clock.timers).toBe(0);
});

test('promises that are ready settle before time moves and after it has', async () => {
  const clock = new FakeClock(0);
  const seen: number[] = [];
  void (async () => {
    await Promise.resolve();
    clock.setTimeout(() => void Promise.resolve().then(() => seen.push(clock.now())), 10);
  })();
  await clock.advance(10);
  expect(seen).toEqual([10]);
});
