import { errorOf, testPrincipal } from '@sallyport/testkit';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { errorMetaKey } from './error-result.js';
import { type ErrorCode, errorTable } from './error-table.js';
import { hardened } from './hardened.js';
import { reportToConsole } from './report.js';
import { createStack } from './stack.js';
import { ToolError } from './tool-error.js';

const spec = { name: 'echo', description: 'Echoes.', input: z.object({}) };
const explode = (): never => {
  throw new Error('password=hunter2');
};

/** A subclass with a field that throws when it is read. */
class Evil extends ToolError {
  constructor(field: string) {
    super('POLICY_DENIED', 'x');
    Object.defineProperty(this, field, { get: explode });
  }
}
class Polite extends ToolError {
  constructor() {
    super('POLICY_DENIED', 'Not on a Sunday.', { details: { day: 'Sunday' } });
  }
}

const handler = { getPrototypeOf: explode, get: explode, has: explode, ownKeys: explode };
const thrown: [string, () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a number', () => 7],
  ['a bigint', () => 7n],
  ['a text', () => 'password=hunter2'],
  ['a symbol', () => Symbol('hunter2')],
  ['a function', () => explode],
  ['an object without a prototype', () => Object.create(null)],
  ['an object whose toString throws', () => ({ toString: explode, toJSON: explode })],
  ['an error whose message throws', () => Object.defineProperty(new Error(), 'message', { get: explode })],
  ['an error whose stack throws', () => Object.defineProperty(new Error(), 'stack', { get: explode })],
  ['an error whose code throws', () => Object.defineProperty(new Error(), 'code', { get: explode })],
  ['an error that names itself with a bigint', () => Object.assign(new Error('x'), { name: 7n })],
  ['an error that is its own cause', () => Object.assign(new Error('x'), { cause: undefined, self: {} })],
  ['a proxy that throws at every touch', () => new Proxy({}, handler)],
  ['a proxy of an error that throws at every touch', () => new Proxy(new Error('x'), handler)],
  [
    'a revoked proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  ],
  ['a subclass of ToolError', () => new Polite()],
  ['a subclass of ToolError whose details throw', () => new Evil('details')],
  ['a subclass of ToolError whose code throws', () => new Evil('code')],
  ['a ToolError with a code that is none', () => new ToolError('NOPE' as ErrorCode, 'x')],
  ['a ToolError with the code of a prototype', () => new ToolError('toString' as ErrorCode, 'x')],
];

describe.each(['throws', 'rejects with'])('Tool.call never rejects: a handler that %s', (how) => {
  test.each(thrown)('%s', async (_, make) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    for (const report of [undefined, vi.fn(), explode]) {
      const tool = createStack(report === undefined ? {} : { report }).tool({
        ...spec,
        handler: () => {
          if (how === 'throws') throw make();
          return Promise.reject(make());
        },
      });
      const result = await tool.call({ input: {} });
      expect(result.isError).toBe(true);
      const code = errorOf(result)?.code;
      expect(Object.hasOwn(errorTable, code ?? '')).toBe(true);
      expect(JSON.stringify(result)).not.toContain('hunter2');
      expect(errorOf(result)?.errorId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

test('Tool.call never rejects, whatever value a handler throws and through whatever layers', async () => {
  const full = hardened({ report: () => {}, agentLimits: {} });
  let value: unknown;
  // Of a phased write a fault says nothing.
  const codes = { natural: 'INTERNAL', phased: 'OUTCOME_UNKNOWN' } as const;
  const tools = (['natural', 'phased'] as const).map((effects) => ({
    code: codes[effects],
    tool: full.tool({
      ...spec,
      access: 'write',
      effects,
      handler: () => {
        throw value;
      },
    }),
  }));
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
  });
  await fc.assert(
    fc.asyncProperty(anything, fc.uuid(), async (some, key) => {
      value = some;
      for (const { tool, code } of tools) {
        const meta = { 'dev.sallyport/idempotencyKey': key };
        expect(errorOf(await tool.call({ input: {}, auth: testPrincipal(), meta }))?.code).toBe(code);
      }
    }),
    { numRuns: 200 },
  );
});

test('a subclass of ToolError is answered like one', async () => {
  const tool = createStack({ report: () => {} }).tool({
    ...spec,
    handler: () => {
      throw new Polite();
    },
  });
  expect(await tool.call({ input: {} })).toEqual({
    content: [{ type: 'text', text: 'POLICY_DENIED: Not on a Sunday.' }],
    isError: true,
    _meta: { [errorMetaKey]: { code: 'POLICY_DENIED', retryable: false, errorId: expect.any(String), day: 'Sunday' } },
  });
});

test('the operator gets the cause and the caller only its error id', async () => {
  const report = vi.fn();
  const cause = new Error('password=hunter2');
  const tool = createStack({ report, randomId: () => 'id-1' }).tool({ ...spec, handler: () => Promise.reject(cause) });
  const result = await tool.call({ input: {}, requestId: 'r-1' });
  expect(result).toEqual({
    content: [
      { type: 'text', text: 'INTERNAL: The request failed for a reason that is not shown here. Error id: id-1.' },
    ],
    isError: true,
    _meta: { [errorMetaKey]: { code: 'INTERNAL', retryable: false, errorId: 'id-1' } },
  });
  expect(report).toHaveBeenCalledExactlyOnceWith({
    error: expect.objectContaining({ code: 'INTERNAL', cause }),
    errorId: 'id-1',
    call: expect.objectContaining({ requestId: 'r-1' }),
  });
});

test('a cause that a ToolError names never reaches the caller', async () => {
  const tool = createStack({ report: () => {} }).tool({
    ...spec,
    handler: () => {
      throw new ToolError('DEPENDENCY_UNAVAILABLE', 'The warehouse is down.', { cause: new Error('password=hunter2') });
    },
  });
  expect(JSON.stringify(await tool.call({ input: {} }))).not.toContain('hunter2');
});

test('URL elicitation is raised to the SDK untouched; where a result must be made it shows nothing', async () => {
  const elicit = Object.assign(new Error('https://internal/'), { code: -32_042, data: { url: 'x' } });
  const report = vi.fn();
  const tool = createStack({ report }).tool({ ...spec, handler: () => Promise.reject(elicit) });
  expect(await tool.outcome({ input: {} })).toEqual({ raised: elicit });
  expect(errorOf(await tool.call({ input: {} }))?.code).toBe('INTERNAL');
  expect(report).not.toHaveBeenCalled();
});

test('what a request leaves out is filled in: ids, a signal that never aborts, no metadata, a silent client', async () => {
  let seen: unknown;
  const tool = createStack({ randomId: () => 'made' }).tool({
    ...spec,
    handler: (_, call) => {
      call.client.progress(1);
      call.client.log('info', 'x');
      seen = { requestId: call.requestId, aborted: call.signal.aborted, meta: call.meta, rest: call.work.rest };
    },
  });
  expect(await tool.call({ input: {} })).toEqual({ content: [] });
  expect(seen).toEqual({ requestId: 'made', aborted: false, meta: {}, rest: [] });
});

describe('reportToConsole', () => {
  const failed = (error: ToolError, requestId = 'r') => {
    const lines: string[] = [];
    vi.spyOn(console, 'error').mockImplementation((line: string) => lines.push(line));
    const call = {
      tool: { name: 'echo' },
      requestId,
      auth: testPrincipal(),
      input: { secret: 'hunter2' },
    } as never;
    reportToConsole({ error, errorId: 'e', call });
    return lines;
  };

  test('writes one JSON line for a fault, with its cause and without the arguments', () => {
    const [line = '', ...more] = failed(ToolError.from(new TypeError('boom')));
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({
      error_id: 'e',
      error_code: 'INTERNAL',
      tool_name: 'echo',
      agent_id: 'agent-1',
      tenant: 'acme',
      cause: { name: 'TypeError', message: 'boom', stack: expect.stringContaining('tool.test') },
    });
    expect(line).not.toContain('hunter2');
  });

  test('writes no more than the beginning of an id that a client made up', () => {
    const [line = ''] = failed(ToolError.from(new TypeError('boom')), 'i'.repeat(500_000));
    expect(JSON.parse(line).request_id).toBe('i'.repeat(128));
  });

  test('is silent about answers that are no faults', () => {
    for (const code of ['RATE_LIMITED', 'INVALID_INPUT', 'CANCELLED', 'IDEMPOTENCY_CONFLICT'] as const) {
      expect(failed(new ToolError(code, 'x'))).toEqual([]);
    }
  });

  test.each(thrown)('does not throw for %s', (_, make) => {
    expect(failed(ToolError.from(make())).length).toBeLessThanOrEqual(1);
  });
});
