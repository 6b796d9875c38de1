import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Backends, BackendWatch } from './backend-watch.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const watching = (...answers: (Backends | Error)[]) => {
  let asked = 0;
  const watch = new BackendWatch(async () => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? new Map();
    asked += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { watch, asked: () => asked };
};
const there: Backends = new Map([[7, 'monday']]);
const none: Backends = new Map();

it('a backend counts as there until the server has said otherwise, errors included', async () => {
  const { watch, asked } = watching(there, new Error('down'), there, none);
  const gone = vi.fn();
  watch.add(7, gone);
  while (asked() < 4) {
    expect(gone).not.toHaveBeenCalled();
    await vi.advanceTimersToNextTimerAsync();
  }
  expect(gone).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

it('another backend with the same process id is not the one that is waited for', async () => {
  const { watch } = watching(there, new Map([[7, 'tuesday']]));
  const gone = vi.fn();
  watch.add(7, gone);
  await vi.advanceTimersByTimeAsync(100);
  expect(gone).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(gone).toHaveBeenCalledOnce();
});

it('questions are asked less and less often, every 2 s at last, and one for all', async () => {
  const { watch, asked } = watching(there);
  for (let i = 0; i < 10; i += 1) watch.add(7, () => {});
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBeGreaterThan(28);
  expect(asked()).toBeLessThan(36);
  watch.stop();
});

it('stopping waits for none any longer, and asks no more', async () => {
  const { watch, asked } = watching(there);
  const gone = vi.fn();
  watch.add(7, gone);
  watch.stop();
  watch.add(8, gone);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(gone).toHaveBeenCalledTimes(2);
  expect(asked()).toBe(0);
});
