import { describe, expect, test } from 'vitest';
import { errorBody } from './error-body.js';
import { type ErrorCode, errorTable } from './error-table.js';
import { errorText } from './error-text.js';
import { ToolError } from './tool-error.js';

const codes = Object.keys(errorTable) as ErrorCode[];

test('the codes are the ones clients, alerts and runbooks know', () => {
  expect(codes).toEqual([
    'UNAUTHENTICATED',
    'INSUFFICIENT_SCOPE',
    'TENANT_FORBIDDEN',
    'INVALID_INPUT',
    'RATE_LIMITED',
    'BUDGET_EXHAUSTED',
    'OVERLOADED',
    'DEPENDENCY_UNAVAILABLE',
    'TOOL_TIMEOUT',
    'CANCELLED',
    'POLICY_DENIED',
    'POLICY_REVIEW_REQUIRED',
    'APPROVAL_REJECTED',
    'IDEMPOTENCY_CONFLICT',
    'IDEMPOTENCY_IN_PROGRESS',
    'OUTCOME_UNKNOWN',
    'OUTPUT_TOO_LARGE',
    'SHUTTING_DOWN',
    'INTERNAL',
  ]);
});

test.each(codes)('%s says everything there is to say', (code) => {
  const facts = errorTable[code];
  expect(Object.keys(facts).sort()).toEqual(['action', 'http', 'means', 'owner', 'retry', 'retryable', 'rpc']);
  for (const text of [facts.means, facts.retry, facts.owner, facts.action]) expect(text).toMatch(/\S/);
  expect(facts.means.endsWith('.') && facts.action.match(/[.?]$/)).toBeTruthy();
  expect(facts.http).toBeGreaterThanOrEqual(400);
  expect(facts.http).toBeLessThan(600);
  expect(['yes', 'no', 'with-change']).toContain(facts.retryable);
});

test('JSON-RPC codes are unique integers outside the range that the protocol reserves', () => {
  const numbers = codes.map((code) => errorTable[code].rpc);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const number of numbers) {
    expect(Number.isInteger(number)).toBe(true);
    expect(number >= -32_768 && number <= -32_000).toBe(false);
  }
});

describe('on the wire', () => {
  test.each(codes)('%s: the text names the code, the data repeats it', (code) => {
    const error = new ToolError(code, 'What happened.');
    const text = code === 'INTERNAL' ? 'The request failed for a reason that is not shown here.' : 'What happened.';
    expect(errorText(error, 'e-1').startsWith(`${code}: ${text}`)).toBe(true);
    expect(errorBody(error, 'e-1')).toEqual({ code, retryable: errorTable[code].retryable === 'yes', errorId: 'e-1' });
  });

  test.each([
    [1, '1 second'],
    [1_000, '1 second'],
    [1_001, '2 seconds'],
    [46_999.5, '47 seconds'],
    [0, '1 second'],
  ])('a wait of %d ms is told the model as %s, never too short', (retryAfterMs, text) => {
    const error = new ToolError('RATE_LIMITED', '60 calls per minute reached for this agent.', { retryAfterMs });
    expect(errorText(error, 'e')).toBe(
      `RATE_LIMITED: 60 calls per minute reached for this agent. Try again in ${text}.`,
    );
    expect(errorBody(error, 'e').retryAfterMs).toBe(Math.ceil(retryAfterMs));
  });

  test('details cannot stand in for the facts', () => {
    const details = { code: 'OK', retryable: true, errorId: 'mine', requiredScopes: ['a'] };
    const body = errorBody(new ToolError('INTERNAL', 'x', { details, limit: 'l' }), 'e');
    expect(body).toEqual({ code: 'INTERNAL', retryable: false, errorId: 'e', limit: 'l', requiredScopes: ['a'] });
  });
});

test('the only door for foreign errors lets a ToolError through and hides anything else', () => {
  const own = new ToolError('POLICY_DENIED', 'x');
  expect(ToolError.from(own)).toBe(own);
  const foreign = new Error('password=hunter2');
  expect(ToolError.from(foreign)).toMatchObject({ code: 'INTERNAL', cause: foreign });
  expect(ToolError.from(foreign).message).not.toContain('hunter2');
});
