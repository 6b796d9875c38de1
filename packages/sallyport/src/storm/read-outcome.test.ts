import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CallOutcome } from './outcome.js';
import { readOutcome } from './read-outcome.js';

const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readOutcome({ status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) }, 7);
const answer = (rest: object) => ({ jsonrpc: '2.0', id: 7, ...rest });
const refusal = (code: string, more: object = {}) =>
  answer({ result: { content: [], isError: true, _meta: { 'dev.sallyport/error': { code, ...more } } } });

it.each<[what: string, got: CallOutcome, expected: CallOutcome]>([
  ['a result', read(200, answer({ result: { content: [] } })), { kind: 'ok' }],
  [
    'a typed denial',
    read(200, refusal('RATE_LIMITED', { retryAfterMs: 1_500 })),
    { kind: 'denied', code: 'RATE_LIMITED', retryAfterMs: 1_500 },
  ],
  [
    'a failure after admission',
    read(200, refusal('TOOL_TIMEOUT')),
    { kind: 'failed', code: 'TOOL_TIMEOUT', retryAfterMs: undefined },
  ],
  [
    'an error without a code of ours',
    read(200, answer({ result: { isError: true, content: [] } })),
    { kind: 'failed', code: 'TOOL_ERROR', retryAfterMs: undefined },
  ],
  [
    'a code that is none',
    read(200, refusal('<script>')),
    { kind: 'failed', code: 'TOOL_ERROR', retryAfterMs: undefined },
  ],
  [
    'a protocol error',
    read(200, answer({ error: { code: -32602, message: 'x' } })),
    { kind: 'failed', code: 'RPC_-32602', retryAfterMs: undefined },
  ],
  [
    'HTTP 429 with a typed error',
    read(429, {
      jsonrpc: '2.0',
      id: null,
      error: { code: 429, message: 'x', data: { code: 'RATE_LIMITED', retryAfterMs: 10 } },
    }),
    { kind: 'denied', code: 'RATE_LIMITED', retryAfterMs: 10 },
  ],
  [
    'HTTP 429 with Retry-After alone',
    read(429, 'slow down', { 'retry-after': '3' }),
    { kind: 'denied', code: 'HTTP_429', retryAfterMs: 3_000 },
  ],
  ['a proxy that has no server', read(502, '<html>'), { kind: 'failed', code: 'HTTP_502', retryAfterMs: undefined }],
  ['a server that is away', read(503, ''), { kind: 'denied', code: 'HTTP_503', retryAfterMs: undefined }],
  ['an answer to another', read(200, { jsonrpc: '2.0', id: 8, result: {} }), { kind: 'broken', code: 'garbage' }],
  ['no JSON', read(200, 'hello'), { kind: 'broken', code: 'garbage' }],
  ['neither result nor error', read(200, answer({})), { kind: 'broken', code: 'garbage' }],
  ['a result that is no object', read(200, answer({ result: 5 })), { kind: 'broken', code: 'garbage' }],
  ['nothing', readOutcome({ breakage: 'closed' }, 7), { kind: 'broken', code: 'closed' }],
])('%s', (_, got, expected) => {
  expect(got).toEqual(expected);
});

it.each([-1, Number.NaN, 1e300, '5', null])('a wait of %s is not believed', (retryAfterMs) => {
  expect(read(200, refusal('RATE_LIMITED', { retryAfterMs }))).toMatchObject({ retryAfterMs: undefined });
});

it('whatever a server sends is an outcome', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json().map((text) => text.slice(1)),
    fc.json(),
    fc.jsonValue().map((data) => JSON.stringify(answer({ result: { isError: true, _meta: data } }))),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), text, (status, body) => {
      expect(readOutcome({ status, headers: {}, text: body }, 7).kind).toMatch(/^(ok|denied|failed|broken)$/);
    }),
    { numRuns: 2_000 },
  );
});
