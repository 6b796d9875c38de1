import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { unlessLate } from './unless-late.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<never>(() => {});
const scope = (remainingMs: number, signal = new AbortController().signal) => ({
  signal,
  remainingMs: () => remainingMs,
});
const seen = (promise: Promise<unknown>) => {
  const answer = vi.fn();
  promise.then(answer, ({ kind }) => answer(kind));
  return answer;
};

it('work that does not end with its scope keeps nobody longer than half a second', async () => {
  const answer = seen(unlessLate(never, scope(1_000), () => false));
  await vi.advanceTimersByTimeAsync(1_499);
  expect(answer).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(answer).toHaveBeenCalledExactlyOnceWith('timeout');
  expect(vi.getTimerCount()).toBe(0);
});

it('nor whoever went away', async () => {
  const answer = seen(unlessLate(never, scope(60_000, AbortSignal.abort()), () => false));
  await vi.advanceTimersByTimeAsync(500);
  expect(answer).toHaveBeenCalledExactlyOnceWith('cancelled');
});

it('of work that can no longer be stopped nobody knows the end when its time is over', async () => {
  const answer = seen(unlessLate(never, scope(1_000), () => true));
  await vi.advanceTimersByTimeAsync(1_500);
  expect(answer).toHaveBeenCalledExactlyOnceWith('commit_unknown');
});

it('work that can no longer be stopped is waited for when only its caller went away', async () => {
  const work = new Promise((resolve) => setTimeout(resolve, 5_000, 'saved'));
  const answer = seen(unlessLate(work, scope(60_000, AbortSignal.abort()), () => true));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(answer).toHaveBeenCalledExactlyOnceWith('saved');
});

it('work that ends in time is what it is, and leaves no timer', async () => {
  const answer = seen(unlessLate(Promise.resolve('done'), scope(1_000), () => false));
  await vi.advanceTimersByTimeAsync(0);
  expect(answer).toHaveBeenCalledExactlyOnceWith('done');
  expect(vi.getTimerCount()).toBe(0);
});
