import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDevelopmentIssuer } from '../examples/postgres/src/development-issuer.js';
import { type ExampleServer, emptyFolder, startExample } from './support/example-server.js';
import { badArguments } from './support/hostile-arguments.js';
import { type Era, eras, type HostileMessage, request, toolCall } from './support/hostile-message.js';
import { badMessages } from './support/hostile-messages.js';
import { type RawAnswer, send, sendBytes } from './support/raw-http.js';

let server: ExampleServer;
let issuer: Awaited<ReturnType<typeof openDevelopmentIssuer>>;

beforeAll(async () => {
  const folder = await emptyFolder();
  server = await startExample({}, folder);
  issuer = await openDevelopmentIssuer(join(folder, '.sallyport'));
});

afterAll(async () => {
  await server.stop();
});

/** Headers and request lines that spoil a good call, with the status they get. */
const badRequests: readonly (readonly [string, Parameters<typeof send>[1], number])[] = [
  ['GET', { method: 'GET', body: '' }, 405],
  ['DELETE', { method: 'DELETE', body: '' }, 405],
  ['PUT', { method: 'PUT' }, 405],
  ['PATCH', { method: 'PATCH' }, 405],
  ['an unknown path', { path: '/nothing' }, 404],
  ['a path above', { path: '/../../etc/passwd' }, 404],
  ['an encoded path above', { path: '/%2e%2e/%2e%2e/etc/passwd' }, 404],
  ['a path with a null byte', { path: '/mcp%00' }, 404],
  ['a double slash', { path: '//mcp' }, 404],
  ['a text body', { headers: { 'content-type': 'text/plain' } }, 415],
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
  ['another charset', { headers: { 'content-type': 'application/json; charset=utf-16' } }, 415],
  ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, 415],
  ['only HTML accepted', { headers: { accept: 'text/html' } }, 406],
  ['an unknown protocol version', { headers: { 'mcp-protocol-version': '1999-01-01' } }, 400],
  ['a very long protocol version', { headers: { 'mcp-protocol-version': 'x'.repeat(4_000) } }, 400],
  ['an evil Origin', { headers: { origin: 'https://evil.example' } }, 403],
  ['an Origin that only looks local', { headers: { origin: 'http://127.0.0.1.evil.example' } }, 403],
  ['an evil Host', { headers: { host: 'evil.example' } }, 403],
  ['Basic credentials', { headers: { authorization: 'Basic YTpi' } }, 401],
  ['an empty bearer', { headers: { authorization: 'Bearer ' } }, 401],
  ['a bearer of two words', { headers: { authorization: 'Bearer a b' } }, 401],
  ['a bearer that is no token', { headers: { authorization: 'Bearer ../../etc/passwd' } }, 401],
  ['a very long bearer', { headers: { authorization: `Bearer ${'a'.repeat(12_000)}` } }, 401],
  ['headers of 64 KiB', { headers: { 'x-padding': 'a'.repeat(65_536) } }, 431],
  ['a body of 2 MiB', { body: `"${'x'.repeat(2 * 1024 * 1024)}"` }, 413],
  ['invalid UTF-8', { body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) }, 400],
];

const internal =
  /\bat .*\.(?:ts|js|mjs):\d+|node:internal|node_modules|pglite|hunter2|ECONN|TypeError|SyntaxError|stack/i;

let agents = 0;
/** What a good request of the era carries. Each case is an agent of its own, so that no limit hides what is tested. */
async function goodHeaders(era: Era, { method, name }: Omit<HostileMessage, 'body'>): Promise<Record<string, string>> {
  agents++;
  const token = await issuer.mint({
    tenant: 'acme',
    agent: `hostile-${agents}`,
    scope: 'mcp:tools:read mcp:tools:write',
  });
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${token}`,
    'mcp-protocol-version': era,
    ...(era === '2026-07-28' ? { 'mcp-method': method, ...(name === undefined ? {} : { 'mcp-name': name }) } : {}),
  };
}

/** The JSON-RPC message of an answer, whether it came as JSON or as the one event of a stream. */
function message({ text }: RawAnswer): {
  readonly id?: unknown;
  readonly error?: { readonly code: number };
  readonly result?: { readonly isError?: boolean; readonly _meta?: Record<string, { readonly code: string }> };
} {
  return JSON.parse(/^data: (\{.*\})$/m.exec(text)?.[1] ?? text);
}

async function alive(): Promise<void> {
  const health = await send(new URL('/health', server.url).href, { method: 'GET' });
  expect(health.status).toBe(200);
}

describe.each(eras)('%s: without the attack', (era) => {
  test('the same request is answered, so what is refused below is the attack', async () => {
    for (const [tool, args] of [
      ['list_tables', '{}'],
      ['describe_table', '{"table":"invoices"}'],
      ['create_invoice', '{"customer_id":1,"amount_cents":5,"currency":"EUR"}'],
    ] as const) {
      const good = toolCall(era, tool, args);
      const answer = await send(server.url, { headers: await goodHeaders(era, good), body: good.body });
      expect(answer.status).toBe(200);
      expect(message(answer).result).toMatchObject({ structuredContent: expect.anything() });
      expect(message(answer).result?.isError).not.toBe(true);
    }
  });
});

describe.each(eras)('hostile input, %s', (era) => {
  test('there are at least 100 cases that a limit does not answer', () => {
    expect(badArguments.length + badMessages.length).toBeGreaterThanOrEqual(100);
  });

  test.each(badArguments)('%s refuses %s as INVALID_INPUT', async (tool, args) => {
    const { body, ...good } = toolCall(era, tool, args);
    const answer = await send(server.url, { headers: await goodHeaders(era, good), body });
    expect(answer.text).not.toMatch(internal);
    expect(answer.status).toBe(200);
    const { error, result } = message(answer);
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ isError: true, _meta: { 'dev.sallyport/error': { code: 'INVALID_INPUT' } } });
    await alive();
  });

  test.each(badMessages)('$what gets its protocol error', async ({ make, expected }) => {
    const { body, ...good } = make(era);
    const answer = await send(server.url, { headers: await goodHeaders(era, good), body });
    expect(answer.text).not.toMatch(internal);
    expect([answer.status, message(answer).error?.code]).toEqual(expected[era]);
    await alive();
  });
});

/** 2026-07-28: the envelope and the headers that repeat it. What each is to be, and the error when it is not. */
const meta = (name: string) => `"io.modelcontextprotocol/${name}"`;
const badEnvelopes: readonly (readonly [
  string,
  (body: string) => string,
  Record<string, string | undefined>,
  number,
  number,
])[] = [
  ['no envelope', (body) => body.replace(/,"_meta":\{.*\}\}\}$/, '}}'), {}, 400, -32602],
  ['an envelope of another version', (body) => body.replace('"2026-07-28"', '"2025-11-25"'), {}, 400, -32020],
  [
    'an envelope without a version',
    (body) => body.replace(`${meta('protocolVersion')}:"2026-07-28",`, ''),
    {},
    400,
    -32602,
  ],
  ['a version that is a number', (body) => body.replace('"2026-07-28"', '7'), {}, 400, -32602],
  ['no capabilities', (body) => body.replace(`${meta('clientCapabilities')}:{},`, ''), {}, 400, -32602],
  [
    'capabilities that are a text',
    (body) => body.replace(`${meta('clientCapabilities')}:{}`, `${meta('clientCapabilities')}:"x"`),
    {},
    400,
    -32602,
  ],
  ['no Mcp-Method', (body) => body, { 'mcp-method': undefined }, 400, -32020],
  ['another Mcp-Method', (body) => body, { 'mcp-method': 'tools/list' }, 400, -32020],
  ['no Mcp-Name', (body) => body, { 'mcp-name': undefined }, 400, -32020],
  ['another Mcp-Name', (body) => body, { 'mcp-name': 'describe_table' }, 400, -32020],
  // An invalid request before it is one whose headers can be compared with it: there are two methods to compare.
  ['a method that appears twice', (body) => body.replace(/\}$/, ',"method":"tools/list"}'), {}, 400, -32600],
  [
    'a version nobody has',
    (body) => body.replace('2026-07-28', '2199-01-01'),
    { 'mcp-protocol-version': '2199-01-01' },
    400,
    -32022,
  ],
];

describe('hostile input, 2026-07-28, in what every request repeats', () => {
  test.each(badEnvelopes)('%s', async (_what, change, headers, status, code) => {
    const { body, ...good } = request('2026-07-28', 'tools/call', { name: '"list_tables"' });
    const all = Object.entries({ ...(await goodHeaders('2026-07-28', good)), ...headers });
    const given = Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
    const answer = await send(server.url, { headers: given, body: change(body) });
    expect(answer.text).not.toMatch(internal);
    expect([answer.status, message(answer).error?.code]).toEqual([status, code]);
    await alive();
  });
});

describe('hostile requests', () => {
  test.each(badRequests)('%s', async (_case, attack, status) => {
    const { body, ...good } = toolCall('2025-11-25', 'list_tables', '{}');
    const headers = { ...(await goodHeaders('2025-11-25', good)), ...attack?.headers };
    const answer = await send(server.url, { body, ...attack, headers });
    expect(answer.status).toBe(status);
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
