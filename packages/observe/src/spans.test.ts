import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CBaggagePropagator } from '@opentelemetry/core';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ToolError } from '@sallyport/core';
import { peer } from '@sallyport/core/adapter';
import { testPrincipal } from '@sallyport/testkit';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { watched } from '../test-rig/watched.js';
import { type TraceHeaders, traceHeaders } from './trace-headers.js';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(provider);
beforeEach(() => exporter.reset());
afterAll(() => {
  context.disable();
  trace.disable();
});

const spec = { name: 'echo', description: 'Echoes.', access: 'read', input: z.object({}) } as const;
const request = { input: {}, auth: testPrincipal(), requestId: '7' };
const remote = { trace: 'a'.repeat(32), span: 'b'.repeat(16) };
const meta = {
  traceparent: `00-${remote.trace}-${remote.span}-01`,
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
};

const finished = () => Object.fromEntries(exporter.getFinishedSpans().map((span) => [span.name, span]));

test('a call is a server span with the attributes of the conventions, below what _meta names', async () => {
  const { stack, lines } = watched();
  await stack.tool({ ...spec, handler: () => 'x' }).call({
    ...request,
    meta,
    sdk: { sessionId: 'not-for-2026', http: { req: { [peer]: { address: '192.0.2.7', port: 4711 } } } },
  });
  const span = finished()['tools/call echo'];
  expect(span?.kind).toBe(SpanKind.SERVER);
  expect(span?.attributes).toEqual({
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': 'echo',
    'gen_ai.operation.name': 'execute_tool',
    'mcp.protocol.version': '2026-07-28',
    'jsonrpc.request.id': '7',
    'client.address': '192.0.2.7',
    'client.port': 4711,
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
  });
  expect(span?.spanContext().traceId).toBe(remote.trace);
  expect(span?.parentSpanContext?.spanId).toBe(remote.span);
  expect(lines()[0]).toMatchObject({ trace_id: remote.trace, span_id: span?.spanContext().spanId });
});

test('the span of the HTTP request is a link when _meta names a parent, and the parent when it does not', async () => {
  const { stack } = watched();
  const tool = stack.tool({ ...spec, handler: () => 'x' });
  const http = provider.getTracer('http').startSpan('POST /mcp');
  const under = <T>(run: () => T) => context.with(trace.setSpan(context.active(), http), run);
  await under(() => tool.call({ ...request, meta }));
  const linked = finished()['tools/call echo'];
  expect(linked?.parentSpanContext?.spanId).toBe(remote.span);
  expect(linked?.links.map((link) => link.context.spanId)).toEqual([http.spanContext().spanId]);
  exporter.reset();
  await under(() => tool.call(request));
  expect(finished()['tools/call echo']?.parentSpanContext?.spanId).toBe(http.spanContext().spanId);
  expect(finished()['tools/call echo']?.links).toEqual([]);
});

test.each<[string, object]>([
  ['2.x', { http: { req: { headers: new Headers({ traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01` }) } } }],
  ['1.x', { requestInfo: { headers: { traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01` } } }],
])('so is what the headers name where nothing else watches HTTP: %s', async (_, sdk) => {
  const { stack } = watched();
  const tool = stack.tool({ ...spec, handler: () => 'x' });
  await tool.call({ ...request, sdk, meta });
  const linked = finished()['tools/call echo'];
  expect(linked?.parentSpanContext?.spanId).toBe(remote.span);
  expect(linked?.links.map((link) => link.context.spanId)).toEqual(['d'.repeat(16)]);
  exporter.reset();
  await tool.call({ ...request, sdk });
  expect(finished()['tools/call echo']?.parentSpanContext?.spanId).toBe('d'.repeat(16));
  expect(finished()['tools/call echo']?.spanContext().traceId).toBe('c'.repeat(32));
});

test('layers that wait and the handler have spans below it, and what the handler does is below the handler', async () => {
  const { stack } = watched();
  const tool = stack.tool({
    ...spec,
    access: 'write',
    effects: 'phased',
    depends: 'db',
    handler: async () => {
      await Promise.resolve();
      provider.getTracer('pg').startSpan('query').end();
      return 'x';
    },
  });
  await tool.call({ ...request, input: { idempotency_key: 'k' } });
  const spans = finished();
  const call = spans['tools/call echo']?.spanContext().spanId;
  for (const name of ['admit', 'idempotent', 'depend', 'handler'])
    expect(spans[name]?.parentSpanContext?.spanId).toBe(call);
  expect(spans.query?.parentSpanContext?.spanId).toBe(spans.handler?.spanContext().spanId);
});

test.each<[string, () => unknown, object, SpanStatusCode]>([
  ['a fault', () => Promise.reject(new Error('x')), { 'error.type': 'INTERNAL' }, SpanStatusCode.ERROR],
  [
    'what the caller did wrong',
    () => Promise.reject(new ToolError('INVALID_INPUT', 'No.')),
    { 'error.type': 'INVALID_INPUT' },
    SpanStatusCode.UNSET,
  ],
])('%s has an error.type, and is an error of the server or not', async (_, handler, attributes, code) => {
  const { stack } = watched();
  await stack.tool({ ...spec, handler }).call(request);
  const span = finished()['tools/call echo'];
  expect(span?.attributes).toMatchObject(attributes);
  expect(span?.status.code).toBe(code);
});

test('an error that the handler words itself is tool_error', async () => {
  const { stack } = watched();
  const tool = stack.wrap({ name: 'echo', kind: 'tool', access: 'read' }, async () => ({ content: [], isError: true }));
  await tool.call(request);
  expect(finished()['tools/call echo']?.attributes).toMatchObject({ 'error.type': 'tool_error' });
});

test('a resource has the method and the JSON-RPC code of its kind', async () => {
  const { stack } = watched();
  const resource = stack.wrap({ name: 'file', kind: 'resource', access: 'read', scopes: ['none:held'] }, async () => ({
    content: [],
  }));
  await resource.call(request);
  expect(finished()['resources/read file']?.attributes).toMatchObject({
    'mcp.method.name': 'resources/read',
    'error.type': 'INSUFFICIENT_SCOPE',
    'rpc.response.status_code': '403',
  });
});

test('a span that ends while a layer still waits takes the span of the layer with it', async () => {
  const { stack } = watched({ agentLimits: { perMinute: 1 } });
  const tool = stack.tool({ ...spec, handler: () => 'x' });
  await tool.call(request);
  exporter.reset();
  await tool.call(request);
  expect(finished().admit?.attributes).toEqual({ 'error.type': 'RATE_LIMITED' });
  expect(finished().handler).toBeUndefined();
});

test('a call of a 2025 session has the id of the session, and one that a proxy forwarded no port', async () => {
  const { stack } = watched();
  const headers = { 'mcp-protocol-version': '2025-11-25' };
  const sdk = { sessionId: 's-1', requestInfo: { headers }, [peer]: { address: '192.0.2.7' } };
  await stack.tool({ ...spec, handler: () => 'x' }).call({ ...request, sdk });
  expect(finished()['tools/call echo']?.attributes).toMatchObject({
    'mcp.protocol.version': '2025-11-25',
    'mcp.session.id': 's-1',
    'client.address': '192.0.2.7',
    'network.transport': 'tcp',
  });
  expect(finished()['tools/call echo']?.attributes).not.toHaveProperty('client.port');
});

test('arguments are on the span only where a tool names them, without what looks like a secret', async () => {
  const { stack } = watched();
  const input = z.object({ order: z.number(), note: z.string() });
  const tool = stack.tool({ ...spec, input, logged: ['order', 'note'], handler: () => 'x' });
  await tool.call({ ...request, input: { order: 7, note: 'password=hunter22' } });
  expect(finished()['tools/call echo']?.attributes['gen_ai.tool.call.arguments']).toBe(
    '{"order":7,"note":"[redacted]"}',
  );
});

test('the result is on the span only where a tool says so, without what looks like a secret, of at most 2,000 characters', async () => {
  const { stack } = watched();
  const result = async (
    answer: () => Record<string, unknown> | Promise<never>,
    policy: object = { tracedResult: true },
  ) => {
    exporter.reset();
    const tool = stack.tool({ ...spec, ...policy, output: z.looseObject({}), handler: async () => answer() });
    await tool.call(request);
    return finished()['tools/call echo']?.attributes['gen_ai.tool.call.result'];
  };
  expect(await result(() => ({ id: 7 }), {})).toBeUndefined();
  expect(await result(() => ({ id: 7 }), { tracedResult: false })).toBeUndefined();
  expect(await result(() => ({ id: 7, note: 'password=hunter22', card: 4111111111111111 }))).toBe(
    '{"id":7,"note":"[redacted]","card":[redacted]}',
  );
  expect(await result(() => Promise.reject(new Error('password=hunter22')))).toBeUndefined();
  const long = String(await result(() => ({ rows: Array.from({ length: 10_000 }, (_, row) => `row ${row}`) })));
  expect(long).toMatch(/^\{"rows":\["row 0","row 1",/);
  expect(long).toHaveLength(2_001);
});

test('a result without a schema, and one that says it is an error, are on the span as their content', async () => {
  const { stack } = watched();
  const content = [{ type: 'text', text: 'no such order' }];
  const tool = stack.wrap({ name: 'echo', kind: 'tool', access: 'read', tracedResult: true }, async () => ({
    content,
    isError: true,
  }));
  await tool.call(request);
  expect(finished()['tools/call echo']?.attributes).toMatchObject({
    'error.type': 'tool_error',
    'gen_ai.tool.call.result': JSON.stringify(content),
  });
});

test('below its span the _meta of a call names that span, and tracestate only goes with the parent it came with', async () => {
  const { stack } = watched();
  const seen: unknown[] = [];
  const tool = stack.tool({
    ...spec,
    handler: (_, { meta: below }) => {
      seen.push(below);
      return 'x';
    },
  });
  await tool.call({ ...request, meta: { ...meta, tracestate: 'a=b' } });
  await tool.call({ ...request, meta: { traceparent: 'not one', tracestate: 'a=b' } });
  const own = exporter
    .getFinishedSpans()
    .filter(({ name }) => name === 'tools/call echo')
    .map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
  expect(seen).toEqual([{ ...meta, traceparent: own[0], tracestate: 'a=b' }, { traceparent: own[1] }]);
  expect(own[0]).toContain(remote.trace);
});

test('baggage of _meta is the baggage of what the handler does, where a propagator reads it', async () => {
  const { stack } = watched();
  const seen: unknown[] = [];
  const tool = stack.tool({
    ...spec,
    handler: () => {
      seen.push(propagation.getActiveBaggage()?.getEntry('plan')?.value);
      return 'x';
    },
  });
  await tool.call({ ...request, meta: { ...meta, baggage: 'plan=gold' } });
  propagation.setGlobalPropagator(new W3CBaggagePropagator());
  await tool.call({ ...request, meta: { ...meta, baggage: 'plan=gold' } });
  propagation.disable();
  expect(seen).toEqual([undefined, 'gold']);
});

test('the headers of a request that a handler makes name its own span, and without spans what the client sent', async () => {
  const { stack } = watched();
  const seen: TraceHeaders[] = [];
  const tool = stack.tool({
    ...spec,
    handler: (_, call) => {
      seen.push(traceHeaders(call));
      return 'x';
    },
  });
  await tool.call({ ...request, meta });
  const own = finished().handler?.spanContext();
  expect(seen).toEqual([{ traceparent: `00-${remote.trace}-${own?.spanId}-01` }]);
  const { traceparent } = meta;
  expect(traceHeaders({ meta: { traceparent, tracestate: 'a=b' } })).toEqual({ traceparent, tracestate: 'a=b' });
  for (const odd of [{}, { traceparent: 'x\r\ny: z' }, { tracestate: 'a=b' }, { traceparent: 7 }])
    expect(traceHeaders({ meta: odd })).toEqual({});
});

test('what is waited for below the layers has a span below whoever waits, and counts as time in queues', async () => {
  const { stack, clock, lines } = watched();
  const tool = stack.tool({
    ...spec,
    handler: async (_, { watch }) => {
      const waited = new Promise<void>((resolve) => clock.setTimeout(resolve, 30));
      await watch?.wait('pool', () => waited);
      return 'x';
    },
  });
  const answer = tool.call(request);
  await clock.advance(30);
  await answer;
  expect(finished().pool?.parentSpanContext?.spanId).toBe(finished().handler?.spanContext().spanId);
  expect(lines()[0]).toMatchObject({ queue_ms: 30, duration_ms: 30 });
});
