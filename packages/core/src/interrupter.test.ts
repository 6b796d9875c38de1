import { expect, test, vi } from 'vitest';
import { Interrupter } from './interrupter.js';

const reason = new Error('enough');

test('its signal says the same before and after, whether it was read before the abort or after it', () => {
  for (const readFirst of [true, false]) {
    const interrupter = new Interrupter();
    const before = readFirst ? interrupter.signal : undefined;
    expect(before?.aborted ?? false).toBe(false);
    interrupter.abort(reason);
    interrupter.abort(new Error('later'));
    expect(interrupter).toMatchObject({ aborted: true, reason });
    expect(interrupter.signal).toMatchObject({ aborted: true, reason });
    if (before !== undefined) expect(interrupter.signal).toBe(before);
  }
});

test('without a reason its signal has that of an AbortController', () => {
  const interrupter = new Interrupter();
  interrupter.abort();
  expect(interrupter.signal.reason).toMatchObject({ name: 'AbortError' });
});

test('tells each listener once, but for those that have left, also when one leaves while it is told', () => {
  const interrupter = new Interrupter();
  const [stays, left, last] = [vi.fn(), vi.fn(), vi.fn()];
  interrupter.listen(() => interrupter.unlisten(last));
  for (const listener of [stays, left, last]) interrupter.listen(listener);
  interrupter.unlisten(left);
  interrupter.abort();
  interrupter.abort();
  expect([stays, left, last].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 1]);
});
