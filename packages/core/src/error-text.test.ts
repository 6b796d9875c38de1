import { expect, test } from 'vitest';
import { errorText } from './error-text.js';
import { ToolError } from './tool-error.js';

test('the text of an error is bounded, whatever a handler wrote', () => {
  expect(errorText(new ToolError('INVALID_INPUT', 'y'.repeat(5_000_000)), 'id').length).toBeLessThan(2_100);
});

test('the text of an INTERNAL is never shown, also when a handler worded it; it stays in the error for the log', () => {
  const error = new ToolError('INTERNAL', 'db password hunter2');
  expect(errorText(error, 'id')).toBe(
    'INTERNAL: The request failed for a reason that is not shown here. Error id: id.',
  );
  expect(error.message).toBe('db password hunter2');
});

test.each([
  [-5, 'Try again in 1 second.'],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  ['soon', undefined],
])('a wait of %s is no negative one, and none that is no time', (retryAfterMs, said) => {
  const error = new ToolError('OVERLOADED', 'Busy.', { retryAfterMs: retryAfterMs as number });
  expect(error.retryAfterMs).toBe(said === undefined ? undefined : 0);
  expect(errorText(error, 'id')).toBe(said === undefined ? 'OVERLOADED: Busy.' : `OVERLOADED: Busy. ${said}`);
});
