import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { startFakeProvider } from '../examples/postgres/src/payments/fake-provider.js';
import { databases, realPostgres } from './support/example-on.js';
import { type ExampleServer, startExample } from './support/example-server.js';
import { createDatabase } from './support/postgres-database.js';
import { send } from './support/raw-http.js';
import { until } from './support/until.js';

const trace = 'a1b2c3d4'.repeat(4);
const traceparent = `00-${trace}-${'b'.repeat(16)}-01`;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** For the whole file. */
const kept: typeof ends = [];
afterAll(async () => {
  for (const end of kept.reverse()) await end();
});

/** Takes requests on loopback and answers what it is told to. */
async function listening(
  answer: (request: IncomingMessage, body: string) => Promise<string> | string,
): Promise<string> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      response.setHeader('content-type', 'application/json');
      response.end(await answer(request, Buffer.concat(chunks).toString()));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A payment provider, and the trace context of what it was asked. */
async function payments() {
  const provider = await startFakeProvider();
  ends.push(() => provider.close());
  const asked: (string | undefined)[] = [];
  const url = await listening(async ({ url = '/', method = 'GET', headers }, body) => {
    asked.push(headers.traceparent as string | undefined);
    const key = headers['idempotency-key'];
    const answered = await fetch(new URL(url, provider.url), {
      method,
      headers: { 'content-type': 'application/json', ...(typeof key === 'string' ? { 'idempotency-key': key } : {}) },
      ...(method === 'POST' ? { body } : {}),
    });
    return answered.text();
  });
  return { url, asked };
}

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

/** A collector of OTLP over HTTP. */
async function collector() {
  const spans: Span[] = [];
  const services: unknown[] = [];
  const url = await listening((_, body) => {
    const { resourceSpans } = JSON.parse(body) as {
      resourceSpans: { resource: { attributes: Span['attributes'] }; scopeSpans: { spans: Span[] }[] }[];
    };
    for (const { resource, scopeSpans } of resourceSpans) {
      services.push(resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue);
      spans.push(...scopeSpans.flatMap((scope) => scope.spans));
    }
    return '{}';
  });
  return { url, spans, services };
}

async function callOn(server: ExampleServer, name: string, args: object, agent = 'watched'): Promise<string> {
  const token = await server.token('acme', { agent });
  const _meta = { traceparent };
  const { text } = await send(server.url, {
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 'req-1',
      method: 'tools/call',
      params: { name, arguments: args, _meta },
    }),
  });
  return text;
}

const linesOf = ({ output }: ExampleServer) =>
  output.stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

const refund = { order_id: 1, amount_cents: 1, idempotency_key: 'traced' };

describe('without a collector', () => {
  let provider: Awaited<ReturnType<typeof payments>>;
  let server: ExampleServer;

  test('the trace of _meta is on the log line and goes on to the payment provider as it came', async () => {
    provider = await payments();
    kept.push(...ends.splice(0));
    server = await startExample({ PAYMENTS_URL: provider.url });
    kept.push(() => server.stop());
    expect(await callOn(server, 'refund_order', refund)).toContain('left_cents');
    expect(provider.asked).toEqual([traceparent]);
    await until(() => Promise.resolve(linesOf(server).some(({ msg }) => msg === 'call')), 5_000);
    expect(linesOf(server).find(({ msg }) => msg === 'call')).toMatchObject({
      agent_id: 'watched',
      tenant: 'acme',
      tool_name: 'refund_order',
      access: 'sensitive',
      status: 'success',
      request_id: 'req-1',
      trace_id: trace,
      idempotency_key: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  test('the admin port has the metrics of calls, guards, pool and issuer, and the port of the tools has none', async () => {
    await callOn(server, 'list_tables', {});
    await callOn(server, 'list_tables', {});
    expect((await fetch(server.url, { method: 'POST', body: '{}' })).status).toBe(401);
    const metrics = String(linesOf(server).find(({ event }) => event === 'metrics')?.url);
    const page = await (await fetch(metrics)).text();
    for (const line of [
      /^mcp_server_operation_duration_seconds_count\{.*gen_ai_tool_name="list_tables".*\} 2$/m,
      /^sallyport_depend_breaker_open\{dependency="payments"\} 0$/m,
      /^sallyport_depend_capacity\{dependency="database"\} 40$/m,
      /^sallyport_shed_calls_total\{priority="batch"\} 0$/m,
      /^sallyport_refusals_total\{code="UNAUTHENTICATED"\} 1$/m,
      /^sallyport_pool_capacity\{login="app"\} 1$/m,
      /^sallyport_auth_tokens_total\{issuer="[^"]+",cache="miss"\} 3$/m,
      /^sallyport_auth_jwks_age_seconds\{issuer="[^"]+"\} 0$/m,
    ])
      expect(page).toMatch(line);
    expect((await fetch(new URL('/metrics', server.url))).status).toBe(404);
    await server.stop();
    await expect(fetch(metrics)).rejects.toThrow();
  });
});

test('with one, spans say who called what from where, and what is asked further on is below the handler', async () => {
  const provider = await payments();
  const otlp = await collector();
  const server = await startExample({ PAYMENTS_URL: provider.url, OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url });
  expect(await callOn(server, 'refund_order', refund)).toContain('left_cents');
  // What is left is sent before the process ends.
  expect(await server.stop()).toBe(0);
  const named = Object.fromEntries(otlp.spans.map((span) => [span.name, span]));
  const call = named['tools/call refund_order'];
  expect(call).toMatchObject({ traceId: trace, parentSpanId: 'b'.repeat(16) });
  const attributes = Object.fromEntries(
    (call?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
  );
  expect(attributes).toMatchObject({
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': 'refund_order',
    'jsonrpc.request.id': 'req-1',
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    'client.address': '127.0.0.1',
    'client.port': expect.any(Number),
  });
  for (const name of ['admit', 'idempotent', 'depend', 'handler']) expect(named[name]?.parentSpanId).toBe(call?.spanId);
  expect(provider.asked).toEqual([`00-${trace}-${named.handler?.spanId}-01`]);
  expect(new Set(otlp.services)).toEqual(new Set(['sallyport-postgres']));
});

describe.skipIf(!databases.includes(realPostgres))('on a real Postgres', () => {
  test.each([false, true])(
    'statements carry the trace of the call beside who they are charged to (spans: %s)',
    async (traced) => {
      const database = await createDatabase();
      ends.push(() => database.drop());
      const otlp = await collector();
      const server = await startExample({
        ...database.env,
        ...(traced ? { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url } : {}),
      });
      ends.push(() => server.stop());
      const report = callOn(server, 'slow_report', { seconds: 3 });
      const sleeping =
        "query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid() and datname = current_database()";
      let seen: readonly { query?: string; application_name?: string }[] = [];
      await until(async () => {
        seen = (await database.query(
          `select query, application_name from pg_stat_activity where ${sleeping}`,
        )) as typeof seen;
        return seen.length > 0;
      }, 10_000);
      const [{ query = '', application_name: name } = {}] = seen;
      expect(name).toBe('sallyport:watched/slow_report');
      expect(query).toContain("agent='watched',tenant='acme',tool='slow_report'");
      const found = /traceparent='(00-[0-9a-f]{32}-[0-9a-f]{16}-01)'/.exec(query)?.[1];
      await report;
      if (!traced) return expect(found).toBe(traceparent);
      await server.stop();
      const call = otlp.spans.find((span) => span.name === 'tools/call slow_report');
      expect(found).toBe(`00-${trace}-${call?.spanId}-01`);
      expect(call?.traceId).toBe(trace);
      const handler = otlp.spans.find((span) => span.name === 'handler');
      expect(otlp.spans.find((span) => span.name === 'pool')?.parentSpanId).toBe(handler?.spanId);
    },
  );
});
