import { ToolError } from '@sallyport/core';
import { errorOf, gate, testPrincipal } from '@sallyport/testkit';
import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { scrape, watched } from '../test-rig/watched.js';
import { type ObserveOptions, observe } from './observe.js';
import { serveMetrics } from './serve-metrics.js';

const spec = { name: 'echo', description: 'Echoes.', access: 'read', input: z.object({ text: z.string() }) } as const;
const request = { input: { text: 'hello' }, auth: testPrincipal({ clientId: 'cli', plan: 'gold' }), requestId: '7' };

test('a call is one line that says who, what, how long and how it ended, and nothing else', async () => {
  const { stack, lines, clock } = watched();
  const tool = stack.tool({
    ...spec,
    limits: { cost: 3 },
    handler: async ({ text }) => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 40));
      return text;
    },
  });
  const meta = {
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  };
  const answer = tool.call({ ...request, meta });
  await clock.advance(40);
  await answer;
  expect(lines()).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      pid: expect.any(Number),
      hostname: expect.any(String),
      msg: 'call',
      agent_id: 'agent-1',
      client_id: 'cli',
      tenant: 'acme',
      plan: 'gold',
      tool_name: 'echo',
      access: 'read',
      status: 'success',
      duration_ms: 40,
      queue_ms: 0,
      input_token_estimate: 4,
      output_token_estimate: 8,
      output_bytes: expect.any(Number),
      cost: 3,
      request_id: '7',
      trace_id: 'a'.repeat(32),
      protocol_version: '2026-07-28',
    },
  ]);
});

describe('the status', () => {
  const throwing = (code: ConstructorParameters<typeof ToolError>[0]) => () => {
    throw new ToolError(code, 'No.');
  };
  test.each<[string, string | undefined, number, () => unknown]>([
    ['success', undefined, 30, () => 'x'],
    ['error', 'INTERNAL', 50, () => Promise.reject(new Error('x'))],
    ['error', 'INVALID_INPUT', 30, throwing('INVALID_INPUT')],
    ['error', 'DEPENDENCY_UNAVAILABLE', 50, throwing('DEPENDENCY_UNAVAILABLE')],
    ['rate_limited', 'RATE_LIMITED', 40, throwing('RATE_LIMITED')],
    ['rate_limited', 'BUDGET_EXHAUSTED', 40, throwing('BUDGET_EXHAUSTED')],
    ['denied', 'POLICY_DENIED', 40, throwing('POLICY_DENIED')],
    ['cancelled', 'CANCELLED', 30, throwing('CANCELLED')],
  ])('is %s for %s, at level %i', async (status, code, level, handler) => {
    const { stack, lines } = watched();
    const answer = await stack.tool({ ...spec, handler }).call(request);
    const { error_id: errorId, ...line } = lines()[0] ?? {};
    expect(line).toMatchObject({ status, level, ...(code === undefined ? {} : { error_code: code }) });
    expect(errorId).toBe(errorOf(answer)?.errorId);
    expect(lines()).toHaveLength(1);
  });

  test.each([
    [{ 'dev.sallyport/timeoutMs': 5 }, { status: 'cancelled', level: 30, error_code: 'TOOL_TIMEOUT' }],
    [{}, { status: 'error', level: 50, error_code: 'TOOL_TIMEOUT' }],
  ])('of a timeout is an error only when the time was the tool’s own: %j', async (meta, line) => {
    const { stack, lines, clock } = watched();
    const answer = stack
      .tool({ ...spec, timeoutMs: 100, handler: () => new Promise(() => {}) })
      .call({ ...request, meta });
    await clock.advance(100);
    await answer;
    expect(lines()[0]).toMatchObject(line);
  });

  test('of a caller that nobody knows is denied, of a shed call shed, and of a replay replayed', async () => {
    const { stack, lines } = watched({ shed: { initialLimit: 1, minLimit: 1, maxLimit: 1 } });
    const busy = gate<string>();
    const holding = stack
      .tool({ ...spec, name: 'hold', priority: 'critical', handler: () => busy.promise })
      .call(request);
    const tool = stack.tool({
      ...spec,
      priority: 'critical',
      access: 'write',
      effects: 'phased',
      handler: () => 'paid',
    });
    const keyed = { ...request, input: { text: 'x', idempotency_key: 'k-1' } };
    await tool.call({ input: {} });
    await stack.tool({ ...spec, name: 'usual', handler: () => 'x' }).call(request);
    busy.open('done');
    await holding;
    await tool.call(keyed);
    await tool.call(keyed);
    expect(lines().map(({ status }) => status)).toEqual(['denied', 'shed', 'success', 'success', 'replayed']);
    const [, , , first, second] = lines();
    expect(first?.idempotency_key).toMatch(/^[0-9a-f]{16}$/);
    expect(second?.idempotency_key).toBe(first?.idempotency_key);
  });

  test('of an error that is given again is replayed, with its code', async () => {
    const { stack, lines, telemetry } = watched();
    const tool = stack.tool({ ...spec, access: 'write', effects: 'phased', handler: throwing('POLICY_DENIED') });
    const keyed = { ...request, input: { text: 'x', idempotency_key: 'k-1' } };
    await tool.call(keyed);
    await tool.call(keyed);
    expect(lines().map(({ status, error_code: code }) => [status, code])).toEqual([
      ['denied', 'POLICY_DENIED'],
      ['replayed', 'POLICY_DENIED'],
    ]);
    const page = await scrape(telemetry);
    expect(page).toContain('sallyport_idempotency_total{outcome="replayed"} 1');
    expect(page).toMatch(/^sallyport_denials_total\{code="POLICY_DENIED".*\} 1$/m);
  });
});

test('time spent waiting for admission is in queue_ms and not only in duration_ms', async () => {
  const admission = { renew: async () => {}, release: async () => {} };
  const slow = watched();
  const waiting = watched(
    {
      admission: {
        ...admission,
        admit: async () => {
          await new Promise<void>((resolve) => slow.clock.setTimeout(resolve, 25));
          return { admitted: true as const };
        },
      } as never,
      clock: slow.clock,
    },
    { clock: slow.clock },
  );
  const answer = waiting.stack.tool({ ...spec, handler: () => 'x' }).call(request);
  await slow.clock.advance(25);
  await answer;
  expect(waiting.lines()[0]).toMatchObject({ queue_ms: 25, duration_ms: 25 });
});

test('a handler that outlives its answer is counted until it settles, and its end is logged', async () => {
  const { stack, lines, clock, telemetry } = watched();
  const late = gate<string>();
  const answer = stack.tool({ ...spec, timeoutMs: 100, handler: () => late.promise }).call(request);
  await clock.advance(100);
  await answer;
  await clock.advance(100);
  expect(await scrape(telemetry)).toMatch(/^sallyport_abandoned(\{.*\})? 1$/m);
  late.open('at last');
  await clock.advance(0);
  expect(await scrape(telemetry)).toMatch(/^sallyport_abandoned(\{.*\})? 0$/m);
  expect(lines()[1]).toMatchObject({ level: 40, msg: 'abandoned handler ended', tool_name: 'echo' });
});

test('a handler that heeds its signal, at once or within a moment, was not abandoned', async () => {
  const { stack, lines, clock, telemetry } = watched();
  await stack.tool({ ...spec, handler: () => 'x' }).call(request);
  const idle = clock.timers;
  for (const tidyMs of [0, 99]) {
    const cancelling = new AbortController();
    const tool = stack.tool({
      ...spec,
      handler: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => clock.setTimeout(() => reject(signal.reason), tidyMs));
        }),
    });
    const answer = tool.call({ ...request, signal: cancelling.signal });
    await clock.advance(20);
    cancelling.abort();
    await answer;
    expect(await scrape(telemetry)).toMatch(/^sallyport_abandoned(\{.*\})? 0$/m);
    await clock.advance(1_000);
  }
  expect(lines().map(({ msg, status }) => [msg, status])).toEqual([
    ['call', 'success'],
    ...Array(2).fill(['call', 'cancelled']),
  ]);
  expect(clock.timers).toBe(idle);
});

test('the revision of a call from before 2026-07-28 is that of its header, whichever SDK has it', async () => {
  const { stack, lines } = watched();
  const tool = stack.tool({ ...spec, handler: () => 'x' });
  const name = 'mcp-protocol-version';
  const carriers = (version: string) => [
    { requestInfo: { headers: { [name]: version } } },
    { http: { req: { headers: new Headers({ [name]: version }) } } },
  ];
  for (const sdk of [...carriers('2025-06-18'), ...carriers('latest')]) await tool.call({ ...request, sdk });
  expect(lines().map((line) => line.protocol_version)).toEqual(['2025-06-18', '2025-06-18', undefined, undefined]);
});

test('arguments are logged only where a tool names them, without what looks like a secret', async () => {
  const { stack, lines } = watched();
  const tool = stack.tool({ ...spec, logged: ['text', 'absent'], handler: () => 'x' });
  await tool.call({ ...request, input: { text: 'password=hunter22', other: 1 } });
  expect(lines()[0]?.arguments).toEqual({ text: '[redacted]' });
});

test('a fault is logged with its cause, its caller gets neither', async () => {
  const { stack, lines } = watched();
  const answer = await stack.tool({ ...spec, handler: () => Promise.reject(new Error('relation gone')) }).call(request);
  expect(lines()[0]).toMatchObject({ cause: { name: 'Error', message: 'relation gone', stack: expect.any(String) } });
  expect(JSON.stringify(answer)).not.toContain('relation gone');
});

test('a log that throws, arguments that cannot be read and hostile metadata fail no call', async () => {
  const broken = pino(
    {},
    {
      write: () => {
        throw new Error('disk full');
      },
    },
  );
  const tracer = {
    startSpan() {
      throw new Error('no sampler');
    },
  };
  const half = { startSpan: () => ({}) };
  for (const hostile of [tracer, half]) {
    const { stack } = watched({}, { log: broken, tracer: hostile as never });
    const tool = stack.tool({ ...spec, input: z.looseObject({}), handler: () => 'x' });
    let deep: unknown = {};
    for (let depth = 0; depth < 20; depth++) deep = { deep };
    for (const meta of [{ traceparent: 7 }, { traceparent: 'x'.repeat(100_000) }, { tracestate: {} }]) {
      expect(await tool.call({ ...request, input: deep, meta })).toEqual({ content: [{ type: 'text', text: 'x' }] });
    }
  }
});

test('what a layer throws before there is a promise is seen like any failure', async () => {
  const { stack, lines, telemetry } = watched({ shed: { priorityOf: () => 'urgent' as never } });
  await stack.tool({ ...spec, handler: () => 'x' }).call(request);
  expect(lines()).toMatchObject([{ status: 'error', error_code: 'INTERNAL' }]);
  expect(await scrape(telemetry)).toMatch(/^sallyport_in_flight 0$/m);
});

test('"open this URL first" is an answer, with its line', async () => {
  const { stack, lines } = watched();
  const open = Object.assign(new Error('url'), { code: -32042 });
  await stack.tool({ ...spec, handler: () => Promise.reject(open) }).outcome(request);
  expect(lines()).toMatchObject([{ status: 'success', tool_name: 'echo' }]);
});

test('a report of one’s own is told as well', async () => {
  const told: string[] = [];
  const { stack, lines } = watched({ report: ({ errorId }) => told.push(errorId) });
  await stack.tool({ ...spec, handler: () => Promise.reject(new Error('x')) }).call(request);
  expect(told).toEqual([lines()[0]?.error_id]);
});

test('to watch a call that nobody interrupts makes no signal', async () => {
  const { stack, lines } = watched();
  const tool = stack.tool({ ...spec, depends: 'db', handler: () => 'x' });
  const signals = vi.spyOn(AbortController.prototype, 'signal', 'get');
  await tool.call(request);
  expect(signals).not.toHaveBeenCalled();
  signals.mockRestore();
  expect(lines()).toHaveLength(1);
});

test('it is the outermost layer, and explain shows what a tool lets it log', () => {
  const { stack } = watched();
  expect(stack.layers[0]).toBe('observe');
  expect(stack.tool({ ...spec, logged: ['text'], handler: () => 'x' }).facts.policy.observe).toEqual({
    logged: ['text'],
  });
  expect(() => stack.tool({ ...spec, logged: 'text' as never, handler: () => 'x' })).toThrow('logged');
  expect(() => stack.tool({ ...spec, tracedResult: 'yes' as never, handler: () => 'x' })).toThrow('tracedResult');
});

test.each<[object, string]>([
  [{ log: 5 }, 'observe: log must be a logger of pino, or false'],
  [{ log: true }, 'observe: log must be a logger of pino, or false'],
  [{ logger: false }, 'observe: logger is no option of observe'],
  [{ reader: [] }, 'observe: reader is no option of observe: did you mean readers?'],
  [{ usage: {} }, 'observe: usage lacks tool, close'],
])('an option that is unknown or cannot work is refused at once: %j', (options, error) => {
  expect(() => observe(options as ObserveOptions)).toThrow(new RegExp(`^${error}`));
});

test('metrics are served on a port that is one, and of what has some', async () => {
  const telemetry = { metrics: () => {} };
  await expect(serveMetrics(telemetry, { port: '9464' } as never)).rejects.toThrow('serveMetrics: port must');
  await expect(serveMetrics(undefined as never)).rejects.toThrow('serveMetrics: the telemetry lacks metrics');
});
