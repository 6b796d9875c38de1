import { expect, test } from 'vitest';
import { ServerClock } from './server-clock.js';

test('is unknown until a reply came, and again when it is to be forgotten', () => {
  const clock = new ServerClock();
  expect(clock.at(0)).toBeUndefined();
  clock.observe(5_000, 10);
  expect(clock.at(20)).toBe(5_010);
  clock.forget();
  expect(clock.at(20)).toBeUndefined();
});

test('is never ahead of the server, and a slow reply does not set it back', () => {
  const clock = new ServerClock();
  const server = (localMs: number) => localMs + 1_000;
  for (const [sent, tookMs] of [
    [0, 3],
    [10, 1],
    [20, 80],
    [120, 2],
  ] as const) {
    clock.observe(server(sent), sent + tookMs);
    expect(clock.at(500)).toBeLessThanOrEqual(server(500));
  }
  expect(clock.at(500)).toBe(server(500) - 1);
});

test('follows a clock that drifts, in either direction', () => {
  for (const rate of [0.999, 1.001]) {
    const clock = new ServerClock();
    for (let now = 0; now <= 100_000; now += 100) clock.observe(now * rate, now);
    expect(Math.abs((clock.at(100_000) ?? 0) - 100_000 * rate)).toBeLessThan(25);
  }
});
