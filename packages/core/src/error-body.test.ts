import { expect, it } from 'vitest';
import { errorBody } from './error-body.js';
import { ToolError } from './tool-error.js';

const bodyWith = (details: Readonly<Record<string, unknown>>) =>
  errorBody(new ToolError('INVALID_INPUT', 'No.', { details }), '1');
const plain = { code: 'INVALID_INPUT', retryable: false, errorId: '1' };

it('details are beside the fields of every error, and cannot take their place', () => {
  expect(bodyWith({ open: [1, 2], code: 'OTHER', errorId: '2' })).toEqual({ ...plain, open: [1, 2] });
});

it('the name of a limit is bounded, whatever a handler wrote', () => {
  const { limit } = errorBody(new ToolError('RATE_LIMITED', 'No.', { limit: 'l'.repeat(5_000_000) }), '1');
  expect(limit).toBe(`${'l'.repeat(300)}…`);
});

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

it.each([
  ['a bigint', { amount: 1n }],
  ['a cycle', cyclic],
  ['16 KiB of text', { text: 'x'.repeat(16_384) }],
  [
    'what throws when it is read',
    {
      get secret() {
        throw new Error('no');
      },
    },
  ],
])('details that could not be sent are left out, and the error is: %s', (_what, details) => {
  expect(bodyWith(details)).toEqual(plain);
});
