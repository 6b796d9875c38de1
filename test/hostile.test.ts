import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExampleServer, startExample } from './support/example-server.js';
import { send, sendBytes } from './support/raw-http.js';

let server: ExampleServer;
let token: string;

beforeAll(async () => {
  server = await startExample();
});

afterAll(async () => {
  await server.stop();
});

const eras = {
  '2025-era': { 'mcp-protocol-version': '2025-11-25' },
  '2026-07-28': { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' },
} as const;

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'hostile', version: '1.0.0' },
};

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** Tool, arguments as JSON text: whatever they are, a tool error says so. */
const badArguments: readonly (readonly [string, string])[] = [
  ['describe_table', '{}'],
  ['describe_table', '{"table":7}'],
  ['describe_table', '{"table":null}'],
  ['describe_table', '{"table":["invoices"]}'],
  ['describe_table', '{"table":{"toString":"invoices"}}'],
  ['describe_table', '{"table":""}'],
  ['describe_table', `{"table":"${'x'.repeat(100_000)}"}`],
  ['describe_table', '{"table":"no_such_table"}'],
  ['describe_table', `{"table":"'; drop table invoices; --"}`],
  ['describe_table', '{"table":"invoices","extra":1}'],
  ['describe_table', '{"table":"a\\u0000b"}'],
  ['describe_table', '{"table":"\\ud800"}'],
  ['describe_table', '{"__proto__":{"table":"invoices"}}'],
  ['describe_table', '{"constructor":{"prototype":{"table":"invoices"}}}'],
  ['list_tables', '{"unexpected":true}'],
  ['list_tables', nested(40)],
  ['list_tables', nested(20_000)],
  ['list_tables', `{"a":[${'1,'.repeat(20_000)}1]}`],
  ['list_invoices', '{"limit":-1}'],
  ['list_invoices', '{"limit":1e309}'],
  ['list_invoices', '{"limit":1.5}'],
  ['list_invoices', '{"limit":"10"}'],
  ['list_invoices', '{"customer_id":99999999999}'],
  ['list_invoices', '{"customer_id":"1 or 1=1"}'],
  ['list_invoices', '{"after_id":-5}'],
  ['create_invoice', '{}'],
  ['create_invoice', '{"customer_id":1,"amount_cents":0,"currency":"EUR"}'],
  ['create_invoice', '{"customer_id":1,"amount_cents":-5,"currency":"EUR"}'],
  ['create_invoice', '{"customer_id":1,"amount_cents":1e30,"currency":"EUR"}'],
  ['create_invoice', '{"customer_id":1,"amount_cents":5,"currency":"eur"}'],
  ['create_invoice', '{"customer_id":2,"amount_cents":5,"currency":"EUR"}'],
  ['create_invoice', '{"customer_id":1,"amount_cents":5,"currency":"EUR","tenant_id":"globex"}'],
  ['create_invoice', '{"customer_id":1,"amount_cents":5,"currency":"EUR","idempotency_key":7}'],
  ['create_invoice', '{"customer_id":1,"amount_cents":5,"currency":"EUR","idempotency_key":""}'],
  ['create_invoice', `{"customer_id":1,"amount_cents":5,"currency":"EUR","idempotency_key":"${'k'.repeat(300)}"}`],
  ['create_invoice', '{"customer_id":1,"amount_cents":5,"currency":"EUR","memo":"\\u0000"}'],
  ['refund_order', '{"order_id":1,"amount_cents":1}'],
  ['refund_order', '{"order_id":999999,"amount_cents":1,"idempotency_key":"x"}'],
  ['refund_order', '{"order_id":1,"amount_cents":99999999,"idempotency_key":"y"}'],
  ['slow_report', '{"seconds":-1}'],
  ['slow_report', '{"seconds":1e9}'],
  ['slow_report', '{"seconds":"NaN"}'],
  ['run_query', '{"sql":""}'],
  ['run_query', '{"sql":"select 1; drop table invoices"}'],
  ['run_query', '{"sql":"delete from invoices"}'],
  ['run_query', `{"sql":"select set_config('app.tenant','globex',true)"}`],
  ['run_query', '{"sql":"set role postgres"}'],
  ['run_query', '{"sql":"select pg_sleep(10)"}'],
  ['run_query', `{"sql":"select '${'x'.repeat(20_000)}'"}`],
];

/** Whole bodies, with the status and, where the answer is JSON-RPC, the code. */
const badMessages: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['blanks', '   '],
  ['no JSON', 'hello'],
  ['half a JSON', '{"jsonrpc":"2.0","id":1,"method":"tools/ca'],
  ['a trailing comma', '{"jsonrpc":"2.0","id":1,}'],
  ['two messages', '{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}'],
  ['a number', '42'],
  ['a text', '"tools/call"'],
  ['null', 'null'],
  ['true', 'true'],
  ['an empty array', '[]'],
  ['an array of nothing', '[1,2,3]'],
  ['a batch', `[${'{"jsonrpc":"2.0","id":1,"method":"ping"},'.repeat(3)}{"jsonrpc":"2.0","id":2,"method":"ping"}]`],
  ['an array of 10,000', `[${'{},'.repeat(10_000)}{}]`],
  ['an empty object', '{}'],
  ['no version', '{"id":1,"method":"ping"}'],
  ['version 1.0', '{"jsonrpc":"1.0","id":1,"method":"ping"}'],
  ['a numeric version', '{"jsonrpc":2,"id":1,"method":"ping"}'],
  ['id null', '{"jsonrpc":"2.0","id":null,"method":"ping"}'],
  ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}'],
  ['an id that is a fraction', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}'],
  ['no method', '{"jsonrpc":"2.0","id":1}'],
  ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":7}'],
  ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"tools/destroy"}'],
  ['a method of the prototype', '{"jsonrpc":"2.0","id":1,"method":"constructor"}'],
  ['a very long method', `{"jsonrpc":"2.0","id":1,"method":"${'m'.repeat(100_000)}"}`],
  ['params that are a number', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":7}'],
  ['params that are an array', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}'],
  ['no tool name', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}'],
  ['a tool name that is a number', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}'],
  ['an unknown tool', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing"}}'],
  ['the tool "constructor"', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"constructor"}}'],
  ['the tool "__proto__"', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"__proto__"}}'],
  [
    'arguments that are an array',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_tables","arguments":[]}}',
  ],
  [
    'arguments that are a text',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_tables","arguments":"x"}}',
  ],
  [
    '_meta that is a number',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_tables","_meta":7}}',
  ],
  ['a response nobody asked for', '{"jsonrpc":"2.0","id":1,"result":{}}'],
  ['an error nobody asked for', '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}'],
  ['result and method at once', '{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}'],
  ['a very deep message', `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${nested(100_000)}}`],
  [
    'a polluted message',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_tables"},"__proto__":{"admin":true}}',
  ],
  ['sampling by the client', '{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}}'],
];

/** Headers and request lines. The status is one of these. */
const badRequests: readonly (readonly [string, Parameters<typeof send>[1], readonly number[]])[] = [
  ['GET', { method: 'GET', body: '' }, [405]],
  ['DELETE', { method: 'DELETE', body: '' }, [405]],
  ['PUT', { method: 'PUT' }, [405]],
  ['PATCH', { method: 'PATCH' }, [405]],
  ['an unknown path', { path: '/nothing' }, [404]],
  ['a path above', { path: '/../../etc/passwd' }, [404]],
  ['an encoded path above', { path: '/%2e%2e/%2e%2e/etc/passwd' }, [404]],
  ['a path with a null byte', { path: '/mcp%00' }, [404]],
  ['a double slash', { path: '//mcp' }, [404]],
  ['a text body', { headers: { 'content-type': 'text/plain' } }, [415]],
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, [415]],
  ['another charset', { headers: { 'content-type': 'application/json; charset=utf-16' } }, [200, 400, 415]],
  ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, [400, 415]],
  ['only HTML accepted', { headers: { accept: 'text/html' } }, [406]],
  ['an unknown protocol version', { headers: { 'mcp-protocol-version': '1999-01-01' } }, [400]],
  ['a very long protocol version', { headers: { 'mcp-protocol-version': 'x'.repeat(4_000) } }, [400]],
  ['an evil Origin', { headers: { origin: 'https://evil.example' } }, [403]],
  ['an Origin that only looks local', { headers: { origin: 'http://127.0.0.1.evil.example' } }, [403]],
  ['an evil Host', { headers: { host: 'evil.example' } }, [403]],
  ['Basic credentials', { headers: { authorization: 'Basic YTpi' } }, [401]],
  ['an empty bearer', { headers: { authorization: 'Bearer ' } }, [401]],
  ['a bearer of two words', { headers: { authorization: 'Bearer a b' } }, [401]],
  ['a bearer that is no token', { headers: { authorization: 'Bearer ../../etc/passwd' } }, [401]],
  ['a very long bearer', { headers: { authorization: `Bearer ${'a'.repeat(12_000)}` } }, [401, 431]],
  ['headers of 64 KiB', { headers: { 'x-padding': 'a'.repeat(65_536) } }, [431]],
  ['a body of 2 MiB', { body: `"${'x'.repeat(2 * 1024 * 1024)}"` }, [413]],
  ['invalid UTF-8', { body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) }, [400]],
];

const internal =
  /\bat .*\.(?:ts|js|mjs):\d+|node:internal|node_modules|pglite|hunter2|ECONN|TypeError|SyntaxError|stack/i;

/** A new agent every 40 cases, so that no limit hides what is tested. */
let agents = 0;
async function freshHeaders(era: keyof typeof eras): Promise<Record<string, string>> {
  if (agents++ % 40 === 0) token = await server.token('acme', { agent: `hostile-${agents}` });
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${token}`,
    ...eras[era],
  };
}

/** The JSON-RPC message of an answer, whether it came as JSON or as the one event of a stream. */
function message(text: string): {
  error?: { code: number };
  result?: { isError?: boolean; _meta?: Record<string, { code: string }> };
} {
  const data = /^data: (\{.*\})$/m.exec(text)?.[1];
  return JSON.parse(data ?? text);
}

async function alive(): Promise<void> {
  const health = await send(new URL('/health', server.url).href, { method: 'GET' });
  expect(health.status).toBe(200);
}

describe.each(Object.keys(eras) as (keyof typeof eras)[])('hostile input, %s', (era) => {
  test.each(badArguments)('%s answers a typed error to %s', async (name, args) => {
    const meta = era === '2026-07-28' ? `,"_meta":${JSON.stringify(envelope)}` : '';
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":${args}${meta}}}`;
    const headers = { ...(await freshHeaders(era)), ...(era === '2026-07-28' ? { 'mcp-name': name } : {}) };
    const answer = await send(server.url, { headers, body });
    expect(answer.text).not.toMatch(internal);
    const { error, result } = message(answer.text);
    if (error === undefined) {
      expect(result?.isError).toBe(true);
      expect(result?._meta?.['dev.sallyport/error']?.code).toMatch(/^(INVALID_INPUT|RATE_LIMITED)$/);
    } else {
      expect(answer.status).toBe(400);
      expect([-32600, -32602, -32700]).toContain(error.code);
    }
    await alive();
  });

  test.each(badMessages)('%s gets a protocol error', async (_case, body) => {
    const answer = await send(server.url, { headers: await freshHeaders(era), body });
    expect(answer.text).not.toMatch(internal);
    expect(answer.status).toBeLessThan(500);
    if (answer.text === '') expect(answer.status).toBe(202);
    else if (message(answer.text).error === undefined) expect(message(answer.text).result).toBeDefined();
    await alive();
  });
});

describe('hostile requests', () => {
  test.each(badRequests)('%s', async (_case, request, statuses) => {
    const headers = { ...(await freshHeaders('2025-era')), ...request?.headers };
    const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    const answer = await send(server.url, { body, ...request, headers });
    expect(statuses).toContain(answer.status);
    expect(answer.text).not.toMatch(internal);
    expect(answer.headers['content-type'] ?? 'application/json').toMatch(/application\/json|text\/event-stream/);
    await alive();
  });

  test.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a request line alone', 'POST /mcp HTTP/1.1\r\n\r\n'],
    ['two lengths', 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc'],
    [
      'length and chunks',
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a negative length', 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: -3\r\n\r\n'],
    ['a broken chunk', 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n'],
    ['a null byte in a header', 'POST /mcp HTTP/1.1\r\nHost: local\0host\r\n\r\n'],
    ['HTTP/2 at once', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    [
      'half a body',
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 300\r\n\r\n{"jsonrpc"',
    ],
  ])('%s is answered or closed', async (_case, bytes) => {
    const received = await sendBytes(server.url, bytes);
    expect(received).not.toMatch(internal);
    if (received !== '') expect(received).toMatch(/^HTTP\/1\.1 4\d\d /);
    await alive();
  });

  test('nothing that was sent reached the log as a fault', () => {
    expect(server.output.stderr).not.toMatch(/INTERNAL|uncaught|unhandled/i);
  });
});
