import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exchange, type Raw } from '../test-rig/exchange.js';
import { call, modernCall, post } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';

type Rig = Awaited<ReturnType<typeof start>>;

let rig: Rig;
let token: string;
beforeAll(async () => {
  rig = await start();
  token = await issuer.mint();
});
afterAll(stopAll);

/** After every attack the server still works, and the error log holds no fault. */
afterEach(async () => {
  expect((await fetch(`${rig.origin}/health`)).status).toBe(200);
  expect((await post(rig.host.url, call('echo', { text: 'alive' }), token)).status).toBe(200);
  expect(rig.events.filter(({ event }) => event === 'fault')).toEqual([]);
});

interface Attack {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Header lines that are sent as they are, after the others. */
  readonly lines?: string;
  readonly body?: unknown;
  readonly halfOpen?: boolean;
}

/** A good request but for what the attack changes. */
function attack({
  method = 'POST',
  path = '/mcp',
  headers = {},
  lines = '',
  body,
  halfOpen = false,
}: Attack): Promise<Raw> {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(
        typeof body === 'string' ? body.replace('TOKEN', token) : JSON.stringify(body ?? call('echo', { text: 'x' })),
      );
  const genuine = (text: string) => text.replaceAll('TOKEN', token);
  const all: Record<string, string | undefined> = {
    Host: `127.0.0.1:${rig.host.port}`,
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    'Content-Length': String(bytes.length),
    ...headers,
  };
  const head = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${genuine(value)}\r\n`],
  );
  const start = Buffer.from(`${method} ${genuine(path)} HTTP/1.1\r\n${head.join('')}${genuine(lines)}\r\n`, 'latin1');
  return exchange(rig.host.port, Buffer.concat([start, bytes]), { halfOpen });
}

/** Nothing that only the inside knows. */
function expectHarmless({ text, headers }: Raw): void {
  expect(text).not.toMatch(/node_modules|\.ts:|\.js:|at .*\(|hunter2|ZodError|SyntaxError|<html/i);
  if (token !== '') expect(text).not.toContain(token.slice(0, 24));
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
  expect(headers['cache-control']).toMatch(/^no-store/);
  expect(headers['x-powered-by']).toBeUndefined();
}

function errorOf(raw: Raw): { code: number; message: string; data?: { reason?: string } } {
  expect(raw.headers['content-type']).toMatch(/^application\/json/);
  const body = JSON.parse(raw.text) as { jsonrpc: string; error: { code: number; message: string } };
  expect(body.jsonrpc).toBe('2.0');
  expect(body.error.message).not.toBe('');
  return body.error;
}

describe('the edge refuses with typed JSON', () => {
  const version = (value: string) => ({ headers: { 'MCP-Protocol-Version': value } });
  const body = (value: unknown, more: Attack = {}): Attack => ({ ...more, body: value });
  const rows: [string, Attack, number, (string | number)?][] = [
    // Origin and Host
    ['an evil Origin', { headers: { Origin: 'https://evil.example' } }, 403, 'origin_not_allowed'],
    ['Origin null', { headers: { Origin: 'null' } }, 403, 'origin_not_allowed'],
    ['an empty Origin', { headers: { Origin: '' } }, 403, 'origin_not_allowed'],
    [
      'an Origin that begins like ours',
      { headers: { Origin: 'http://localhost.evil.example' } },
      403,
      'origin_not_allowed',
    ],
    [
      'an Origin with ours as user',
      { headers: { Origin: 'http://127.0.0.1@evil.example' } },
      403,
      'origin_not_allowed',
    ],
    ['an Origin with a path', { headers: { Origin: 'http://localhost/evil' } }, 403, 'origin_not_allowed'],
    ['a file Origin', { headers: { Origin: 'file://localhost' } }, 403, 'origin_not_allowed'],
    [
      'an evil Origin without credentials',
      { headers: { Origin: 'https://evil.example', Authorization: undefined } },
      403,
      'origin_not_allowed',
    ],
    [
      'an evil Origin on health',
      { method: 'GET', path: '/health', headers: { Origin: 'https://evil.example' } },
      403,
      'origin_not_allowed',
    ],
    ['a rebound Host', { headers: { Host: 'evil.example' } }, 403, 'host_not_allowed'],
    ['a Host that begins like ours', { headers: { Host: '127.0.0.1.evil.example' } }, 403, 'host_not_allowed'],
    ['a Host with a user', { headers: { Host: '127.0.0.1@evil.example' } }, 403, 'host_not_allowed'],
    ['a Host with a comma', { headers: { Host: 'evil.example, 127.0.0.1' } }, 403, 'host_not_allowed'],
    ['an empty Host', { headers: { Host: '' } }, 403, 'host_not_allowed'],
    [
      'a rebound Host on the metadata',
      { method: 'GET', path: '/.well-known/oauth-protected-resource', headers: { Host: 'evil.example' } },
      403,
      'host_not_allowed',
    ],
    // Paths
    ['an unknown path', { path: '/admin' }, 404, 'not_found'],
    ['a trailing slash', { path: '/mcp/' }, 404, 'not_found'],
    ['two slashes', { path: '//mcp' }, 404, 'not_found'],
    ['a dot segment', { path: '/x/../mcp' }, 404, 'not_found'],
    ['an encoded path', { path: '/%6dcp' }, 404, 'not_found'],
    ['another case', { path: '/MCP' }, 404, 'not_found'],
    ['a path parameter', { path: '/mcp;x=1' }, 404, 'not_found'],
    ['an absolute target of another host', { path: 'http://evil.example/mcp' }, 403, 'host_not_allowed'],
    ['an absolute target of a host like ours', { path: 'http://localhost.evil.example/mcp' }, 403, 'host_not_allowed'],
    ['an absolute target with a user', { path: 'http://localhost@evil.example/mcp' }, 404, 'not_found'],
    ['an absolute target with ours as user', { path: 'http://evil.example@localhost/mcp' }, 404, 'not_found'],
    ['an absolute target without a host', { path: 'http:///mcp' }, 404, 'not_found'],
    ['an absolute target without a path', { path: 'http://localhost' }, 404, 'not_found'],
    ['an absolute target with its path in the query', { path: 'http://localhost?/mcp' }, 404, 'not_found'],
    ['an absolute target with two slashes', { path: 'http://localhost//mcp' }, 404, 'not_found'],
    ['an absolute target with a dot segment', { path: 'http://localhost/x/../mcp' }, 404, 'not_found'],
    ['an absolute target with an encoded path', { path: 'http://localhost/%6dcp' }, 404, 'not_found'],
    ['an absolute target of another scheme', { path: 'ftp://localhost/mcp' }, 404, 'not_found'],
    [
      'an absolute target without credentials',
      { path: 'http://localhost/mcp', headers: { Authorization: undefined } },
      401,
      401,
    ],
    ['an asterisk', { method: 'OPTIONS', path: '*' }, 404, 'not_found'],
    ['a NUL in the path', { path: '/mcp%00' }, 404, 'not_found'],
    [
      'well-known with a dot segment',
      { method: 'GET', path: '/.well-known/oauth-protected-resource/../mcp' },
      404,
      'not_found',
    ],
    [
      'well-known with a trailing slash',
      { method: 'GET', path: '/.well-known/oauth-protected-resource/' },
      404,
      'not_found',
    ],
    [
      'well-known with an encoded slash',
      { method: 'GET', path: '/.well-known/oauth-protected-resource%2fmcp' },
      404,
      'not_found',
    ],
    [
      'well-known of another path',
      { method: 'GET', path: '/.well-known/oauth-protected-resource/admin' },
      404,
      'not_found',
    ],
    [
      'well-known with a backslash',
      { method: 'GET', path: '/.well-known\\oauth-protected-resource' },
      404,
      'not_found',
    ],
    ...[
      '/.well-known/oauth-protected-resource/mcp/..',
      '/.well-known/oauth-protected-resource/..;/mcp',
      '/.well-known/oauth-protected-resource/%2e%2e/%2e%2e/etc/passwd',
      '/.well-known/oauth-protected-resource/%252e%252e/mcp',
      '/.well-known/oauth-protected-resource/%c0%ae%c0%ae/mcp',
      '/.well-known//oauth-protected-resource',
      '/.WELL-KNOWN/oauth-protected-resource',
      '/.well-known/./oauth-protected-resource',
      '/x/../.well-known/oauth-protected-resource',
      '/.well-known/oauth-protected-resource;a=b',
      '/.well-known/oauth-protected-resource#mcp',
      '/.well-known/oauth-protected-resource%00',
      '/.well-known/oauth-protected-resource/__proto__',
      '/.well-known/oauth-authorization-server',
      '/.well-known/',
      '//evil.example/.well-known/oauth-protected-resource',
    ].map((path): [string, Attack, number, string] => [path, { method: 'GET', path }, 404, 'not_found']),
    [
      'an absolute target of another host for the metadata',
      { method: 'GET', path: 'http://evil.example/.well-known/oauth-protected-resource' },
      403,
      'host_not_allowed',
    ],
    ['__proto__ for a path', { method: 'GET', path: '/__proto__' }, 404, 'not_found'],
    // Methods
    ['GET', { method: 'GET' }, 405, 'method_not_allowed'],
    ['DELETE', { method: 'DELETE' }, 405, 'method_not_allowed'],
    ['PUT', { method: 'PUT' }, 405, 'method_not_allowed'],
    ['OPTIONS without Origin', { method: 'OPTIONS' }, 405, 'method_not_allowed'],
    ['POST to health', { path: '/health' }, 405, 'method_not_allowed'],
    ['POST to the metadata', { path: '/.well-known/oauth-protected-resource' }, 405, 'method_not_allowed'],
    // Credentials
    ['no credentials', { headers: { Authorization: undefined } }, 401, 401],
    ['Basic', { headers: { Authorization: 'Basic YTpi' } }, 401, 401],
    ['an empty bearer', { headers: { Authorization: 'Bearer ' } }, 401, 401],
    ['garbage', { headers: { Authorization: 'Bearer ../../etc/passwd' } }, 401, 401],
    ['a token of 20,000 bytes', { headers: { Authorization: `Bearer ${'a'.repeat(20_000)}` } }, 401, 401],
    [
      'a good token in the query',
      {
        headers: { Authorization: undefined },
        path: '/mcp?access_token=TOKEN&token=TOKEN&authorization=Bearer%20TOKEN',
      },
      401,
      401,
    ],
    [
      'a good token in a form of the query, as RFC 6750 section 2.2 has it for bodies',
      {
        headers: { Authorization: undefined, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: 'access_token=TOKEN',
      },
      401,
      401,
    ],
    ['a good token as a cookie', { headers: { Authorization: undefined, Cookie: 'access_token=TOKEN' } }, 401, 401],
    [
      'a good token from a proxy',
      {
        headers: { Authorization: undefined, 'Proxy-Authorization': 'Bearer TOKEN', 'X-Authorization': 'Bearer TOKEN' },
      },
      401,
      401,
    ],
    ['the same token twice', { lines: 'authorization: Bearer TOKEN\r\n' }, 400, 'duplicate_header'],
    ['two tokens in one header', { headers: { Authorization: 'Bearer TOKEN, Bearer TOKEN' } }, 401, 401],
    ['a good and a bad token', { lines: 'Authorization: Bearer bad\r\n' }, 400, 'duplicate_header'],
    // Headers that occur twice
    [
      'two Origins',
      { headers: { Origin: 'http://localhost' }, lines: 'Origin: https://evil.example\r\n' },
      400,
      'duplicate_header',
    ],
    ['two Hosts', { lines: 'Host: evil.example\r\n' }, 400, 'duplicate_header'],
    ['two Content-Types', { lines: 'Content-Type: text/plain\r\n' }, 400, 'duplicate_header'],
    ['two Mcp-Names that agree', { lines: 'Mcp-Name: echo\r\nMCP-NAME: echo\r\n' }, 400, 'duplicate_header'],
    ['two Mcp-Methods', { lines: 'Mcp-Method: tools/call\r\nMcp-Method: ping\r\n' }, 400, 'duplicate_header'],
    ['two parameters', { lines: 'Mcp-Param-Region: eu\r\nMcp-Param-Region: us\r\n' }, 400, 'duplicate_header'],
    ['two session ids', { lines: 'Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\n' }, 400, 'duplicate_header'],
    ['two proofs', { lines: 'DPoP: a\r\nDPoP: b\r\n' }, 400, 'duplicate_header'],
    ['two encodings', { lines: 'Content-Encoding: identity\r\nContent-Encoding: gzip\r\n' }, 400, 'duplicate_header'],
    ['two Mcp-Names', { lines: 'Mcp-Name: echo\r\nMcp-Name: refund\r\n' }, 400, 'duplicate_header'],
    [
      'two protocol versions',
      { lines: 'MCP-Protocol-Version: 2025-06-18\r\nmcp-protocol-version: 2026-07-28\r\n' },
      400,
      'duplicate_header',
    ],
    [
      '150 headers',
      { lines: Array.from({ length: 150 }, (_, i) => `X-${i}: 1\r\n`).join('') },
      431,
      'too_many_headers',
    ],
    // Media types
    ['text/plain', { headers: { 'Content-Type': 'text/plain' } }, 415, 'unsupported_media_type'],
    ['no Content-Type', { headers: { 'Content-Type': undefined } }, 415, 'unsupported_media_type'],
    ['a form', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }, 415, 'unsupported_media_type'],
    [
      'two types in one header',
      { headers: { 'Content-Type': 'application/json, text/plain' } },
      415,
      'unsupported_media_type',
    ],
    [
      'JSON in UTF-16',
      { headers: { 'Content-Type': 'application/json; charset=utf-16' } },
      415,
      'unsupported_media_type',
    ],
    [
      'a type that begins like JSON',
      { headers: { 'Content-Type': 'application/json-patch+json' } },
      415,
      'unsupported_media_type',
    ],
    // Transfer codings: whoever passes the body on undecoded and whoever decodes it read two messages
    ...['gzip, chunked', 'GZIP,chunked', 'identity, chunked', 'x, chunked', ', chunked'].map(
      (coding): [string, Attack, number, string] => [
        `Transfer-Encoding: ${coding}`,
        {
          headers: { 'Content-Length': undefined, 'Transfer-Encoding': coding },
          body: chunked(JSON.stringify(call('echo', { text: 'x' }))),
        },
        501,
        'unsupported_transfer_coding',
      ],
    ),
    [
      'a transfer coding in a line of its own',
      {
        headers: { 'Content-Length': undefined, 'Transfer-Encoding': 'gzip' },
        lines: 'Transfer-Encoding: chunked\r\n',
        body: chunked(JSON.stringify(call('echo', { text: 'x' }))),
      },
      501,
      'unsupported_transfer_coding',
    ],
    ['a compressed body', { headers: { 'Content-Encoding': 'gzip' } }, 415, 'unsupported_encoding'],
    ['Accept JSON only', { headers: { Accept: 'application/json' } }, 406, 'not_acceptable'],
    ['Accept HTML', { headers: { Accept: 'text/html' } }, 406, 'not_acceptable'],
    [
      'Accept with a refusal',
      { headers: { Accept: 'application/json, text/event-stream;q=0' } },
      406,
      'not_acceptable',
    ],
    // Bodies
    ['an empty body', body(''), 400, -32700],
    ['broken JSON', body('{"jsonrpc":"2.0",'), 400, -32700],
    ['text', body('hello'), 400, -32700],
    ['JSON with a comment', body('{} // x'), 400, -32700],
    ['two values', body('{}{}'), 400, -32700],
    ['a byte order mark inside', body('{"a":\ufeff1}'), 400, -32700],
    ['invalid UTF-8', body(Buffer.from([0x22, 0xff, 0xfe, 0x22])), 400, -32700],
    ['an overlong UTF-8 sequence', body(Buffer.from([0x22, 0xc0, 0xaf, 0x22])), 400, -32700],
    ['a surrogate in UTF-8', body(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])), 400, -32700],
    ['NaN', body('{"jsonrpc":"2.0","id":NaN,"method":"ping"}'), 400, -32700],
    ['100,000 open brackets', body('['.repeat(100_000)), 400, 'too_complex'],
    ['65 levels', body(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`), 400, 'too_complex'],
    ['100,000 elements', body(`{"a":[${'1,'.repeat(100_000)}1]}`), 400, 'too_complex'],
    ['an array', body([call('echo', { text: 'x' })]), 400, 'batch'],
    ['an empty array', body([]), 400, 'batch'],
    ['an array for 2025-03-26', body([call('echo', { text: 'x' })], version('2025-03-26')), 400, 'batch'],
    ['an array for 2025-11-25', body([call('echo', { text: 'x' })], version('2025-11-25')), 400, 'batch'],
    ['an array for 2026-07-28', body([modernCall('echo', { text: 'x' }).body], version('2026-07-28')), 400, 'batch'],
    ['a body over the limit', body(`"${'x'.repeat(1024 * 1024)}"`), 413, 'body_too_large'],
    // One name twice: whoever reads the first and whoever reads the last see two requests
    ...[
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"refund"}}',
      '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
      '{"jsonrpc":"2.0","id":1,"method":"ping","m\\u0065thod":"tools/list"}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"refund","arguments":{}}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"},"params":{"name":"refund"}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a","text":"b"}}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{},"arguments":{"text":"b"}}}',
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"progressToken":1,"progressToken":2}}}',
      '{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{},"__proto__":{"method":"tools/call"}}',
    ].map((text): [string, Attack, number, string] => [text, body(text), 400, 'duplicate_member']),
    // What the protocol itself refuses
    ['null', body('null'), 400, -32600],
    ['a number', body('7'), 400, -32600],
    ['a string', body('"x"'), 400, -32600],
    ['true', body('true'), 400, -32600],
    ['an empty object', body({}), 400, -32600],
    ['no jsonrpc', body({ id: 1, method: 'ping' }), 400, -32600],
    ['jsonrpc 1.0', body({ jsonrpc: '1.0', id: 1, method: 'ping' }), 400, -32600],
    ['a number for method', body({ jsonrpc: '2.0', id: 1, method: 7 }), 400, -32600],
    ['null for id', body({ jsonrpc: '2.0', id: null, method: 'ping' }), 400, -32600],
    ['an object for id', body({ jsonrpc: '2.0', id: {}, method: 'ping' }), 400, -32600],
    ['a fraction for id', body({ jsonrpc: '2.0', id: 1.5, method: 'ping' }), 400, -32600],
    ['text for params', body({ jsonrpc: '2.0', id: 1, method: 'ping', params: 'x' }), 400, -32600],
    ['an unknown protocol version', body(call('echo'), version('1999-01-01')), 400],
    ['a modern version without its envelope', body(call('echo'), version('2026-07-28')), 400, -32602],
    [
      'a name header that lies',
      { ...modernCall('echo', { text: 'x' }), headers: { ...modernCall('refund').headers } },
      400,
      -32020,
    ],
    [
      'a method header that lies',
      { ...modernCall('echo', { text: 'x' }), headers: { ...modernCall('echo').headers, 'Mcp-Method': 'ping' } },
      400,
      -32020,
    ],
    [
      'an unknown version in the envelope',
      body(
        {
          jsonrpc: '2.0',
          id: 1,
          method: 'ping',
          params: {
            _meta: {
              'io.modelcontextprotocol/protocolVersion': '2099-01-01',
              'io.modelcontextprotocol/clientCapabilities': {},
            },
          },
        },
        version('2099-01-01'),
      ),
      400,
      -32022,
    ],
    [
      'an unknown method of 2026-07-28',
      {
        headers: { ...modernCall('x').headers, 'Mcp-Method': 'evil/run' },
        body: { ...modernCall('x').body, method: 'evil/run' },
      },
      404,
      -32601,
    ],
  ];

  it.each(rows)('%s', async (_, request, status, what) => {
    const raw = await attack(request);
    const error = errorOf(raw);
    expect(raw.status).toBe(status);
    if (typeof what === 'string') expect(error.data?.reason).toBe(what);
    if (typeof what === 'number') expect(error.code).toBe(what);
    expectHarmless(raw);
    if (status === 405) expect(raw.headers.allow).toMatch(/^(POST|GET, HEAD)$/);
    if (status === 401) expect(raw.headers['www-authenticate']).toMatch(/^Bearer /);
    if (error.data?.reason !== undefined) expect(error.code > -32000 || error.code < -32099).toBe(true);
  });
});

describe('what is odd but allowed is answered', () => {
  const echo = (text: string) => call('echo', { text });
  const rows: [string, Attack, string | RegExp][] = [
    ['a loopback Origin', { headers: { Origin: 'http://localhost:5173' } }, /"text":"x"/],
    ['the own Origin', { headers: { Origin: 'http://127.0.0.1:1' } }, /"text":"x"/],
    ['Host localhost', { headers: { Host: 'localhost' } }, /"text":"x"/],
    ['Host in IPv6', { headers: { Host: '[::1]:9' } }, /"text":"x"/],
    ['a query', { path: '/mcp?a=b&access_token=x' }, /"text":"x"/],
    ['JSON with charset', { headers: { 'Content-Type': 'Application/JSON; charset="UTF-8"' } }, /"text":"x"/],
    ['any media type', { headers: { Accept: '*/*' } }, /"text":"x"/],
    ['ranges of media types', { headers: { Accept: 'text/*;q=0.5, application/*' } }, /"text":"x"/],
    ['no Accept at all', { headers: { Accept: undefined } }, /"text":"x"/],
    ['a scheme in lower case', { headers: { Authorization: undefined }, lines: '' }, /UNAUTHENTICATED/],
    ['an empty id', { body: { ...echo('x'), id: '' } }, /"id":""/],
    ['a long id', { body: { ...echo('x'), id: 'i'.repeat(5_000) } }, /"id":"iiii/],
    ['a huge text', { body: echo('y'.repeat(400_000)) }, /"text":"yyy/],
    ['a text with controls', { body: echo('\u0000\u001b\u2028\ud83d\ude00') }, /\\u0000/],
    [
      'a lone surrogate',
      {
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"\\ud800"}}}',
      },
      /result/,
    ],
    [
      'a __proto__ argument',
      {
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"x","__proto__":{"admin":true}}}}',
      },
      /INVALID_INPUT/,
    ],
    [
      'a __proto__ for arguments',
      {
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"__proto__":{"text":"x"}}}}',
      },
      /INVALID_INPUT/,
    ],
    [
      'a __proto__ envelope',
      {
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"x"}},"__proto__":{"method":"ping"}}',
      },
      /jsonrpc/,
    ],
    [
      'a __proto__ in _meta',
      {
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"x"},"_meta":{"__proto__":{"progressToken":1}}}}',
      },
      /jsonrpc/,
    ],
    [
      'a constructor argument',
      { body: call('echo', { text: 'x', constructor: { prototype: { admin: true } } }) },
      /jsonrpc/,
    ],
    ['a tool named __proto__', { body: call('__proto__') }, /-32602/],
    ['a tool named constructor', { body: call('constructor') }, /-32602/],
    ['a tool named toString', { body: call('toString') }, /-32602/],
    ['an empty tool name', { body: call('') }, /-32602/],
    ['a number for tool name', { body: { ...call('x'), params: { name: 7 } } }, /-3260[23]/],
    ['no tool name', { body: { ...call('x'), params: {} } }, /-3260[23]/],
    ['no params', { body: { jsonrpc: '2.0', id: 1, method: 'tools/call' } }, /-3260[23]/],
    ['a list for arguments', { body: call('echo', ['x']) }, /INVALID_INPUT|-32602/],
    ['text for arguments', { body: call('echo', 'x') }, /INVALID_INPUT|-32602/],
    ['null for arguments', { body: call('echo', null) }, /INVALID_INPUT|-32602/],
    ['a number for text', { body: call('echo', { text: 7 }) }, /INVALID_INPUT/],
    ['an object for text', { body: call('echo', { text: { $gt: '' } }) }, /INVALID_INPUT/],
    [
      'arguments of 40 levels',
      { body: call('echo', JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`)) },
      /INVALID_INPUT/,
    ],
    [
      'arguments with 20,000 elements',
      { body: call('echo', { text: 'x', a: Array.from({ length: 20_000 }, () => 1) }) },
      /INVALID_INPUT/,
    ],
    ['an unknown method of the 2025 era', { body: { jsonrpc: '2.0', id: 1, method: 'evil/run' } }, /-32601/],
    ['a method named __proto__', { body: { jsonrpc: '2.0', id: 1, method: '__proto__' } }, /-32601/],
    ['a scope it lacks, with SQL for id', { body: call('refund', {}, "1'; DROP TABLE x") }, /INSUFFICIENT_SCOPE/],
    ['an unknown session', { headers: { 'Mcp-Session-Id': '../../x' } }, /"text":"x"/],
    ['a Last-Event-ID', { headers: { 'Last-Event-ID': '1' } }, /"text":"x"/],
    [
      'forwarded headers',
      { headers: { 'X-Forwarded-For': '1.2.3.4', 'X-HTTP-Method-Override': 'DELETE' } },
      /"text":"x"/,
    ],
    [
      'a chunked body',
      {
        headers: { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' },
        body: chunked(JSON.stringify(echo('x'))),
      },
      /"text":"x"/,
    ],
    [
      'a chunked body in another case',
      {
        headers: { 'Content-Length': undefined, 'Transfer-Encoding': 'Chunked' },
        body: chunked(JSON.stringify(echo('x'))),
      },
      /"text":"x"/,
    ],
    ['an absolute target', { path: 'http://localhost/mcp' }, /"text":"x"/],
    ['an absolute target with port and query', { path: 'HTTP://127.0.0.1:9/mcp?a=http://x/y' }, /"text":"x"/],
    ['an absolute target of another scheme of HTTP', { path: 'https://[::1]/v1/mcp' }, /"text":"x"/],
    [
      'an absolute target whose authority counts, and not the Host (RFC 9112 section 3.2.2)',
      { path: 'http://localhost/mcp', headers: { Host: 'evil.example' } },
      /"text":"x"/,
    ],
    ['an absolute target of health', { method: 'GET', path: 'http://10.0.0.7/health', body: '' }, /"status":"ok"/],
    ['Expect: 100-continue', { headers: { Expect: '100-continue' } }, /"text":"x"/],
    ['an upgrade', { headers: { Connection: 'Upgrade', Upgrade: 'websocket' } }, /"text":"x"/],
  ];

  it.each(rows)('%s', async (_, request, expected) => {
    const raw = await attack(request);
    expect(raw.text).toMatch(expected);
    expectHarmless(raw);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it('a notification is accepted without a body', async () => {
    const raw = await attack({ body: { jsonrpc: '2.0', method: 'notifications/initialized' } });
    expect(raw).toMatchObject({ status: 202, text: '' });
  });
});

describe('what is not HTTP is answered as JSON, or its socket is closed', () => {
  const host = () => `Host: 127.0.0.1\r\n`;
  const rows: [string, () => string, number][] = [
    ['garbage', () => '\x16\x03\x01\x02\x00garbage\r\n\r\n', 400],
    ['no Host', () => 'GET /health HTTP/1.1\r\n\r\n', 400],
    ['no Host in HTTP/1.0', () => 'POST /mcp HTTP/1.0\r\n\r\n', 403],
    ['an unknown HTTP version', () => `GET /health HTTP/9.9\r\n${host()}\r\n`, 400],
    ['an unknown HTTP method', () => `EVIL /mcp HTTP/1.1\r\n${host()}\r\n`, 400],
    ['a header without colon', () => `GET /health HTTP/1.1\r\n${host()}evil\r\n\r\n`, 400],
    ['a header name with a space', () => `GET /health HTTP/1.1\r\n${host()}X Y: 1\r\n\r\n`, 400],
    ['a control character in a header', () => `GET /health HTTP/1.1\r\n${host()}X: a\x00b\r\n\r\n`, 400],
    [
      'both lengths (request smuggling)',
      () => `POST /mcp HTTP/1.1\r\n${host()}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two lengths', () => `POST /mcp HTTP/1.1\r\n${host()}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, 400],
    ...[
      'Content-Length: 4\r\nContent-Length: 4',
      'Content-Length: 4, 4',
      'Content-Length: +4',
      'Content-Length: 0x4',
      'Content-Length: 4 4',
      'Content-Length: 99999999999999999999999',
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding: gzip',
      'Transfer-Encoding: chunked, identity',
      'Transfer-Encoding: chunked, chunked',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
      'Transfer-Encoding : chunked',
      'Transfer-Encoding:\x0bchunked',
      'Transfer-Encoding: chunked\r\nContent-Length: 4',
      'X: a\r\n Content-Length: 4\r\nTransfer-Encoding: chunked\r\nContent-Length: 4',
      'Content-Length: 4\nTransfer-Encoding: chunked',
    ].map((lines): [string, () => string, number] => [
      JSON.stringify(lines),
      () => `POST /mcp HTTP/1.1\r\n${host()}${lines}\r\n\r\nabcd`,
      400,
    ]),
    ['a negative length', () => `POST /mcp HTTP/1.1\r\n${host()}Content-Length: -1\r\n\r\n`, 400],
    ['a length that is no number', () => `POST /mcp HTTP/1.1\r\n${host()}Content-Length: 1e3\r\n\r\n`, 400],
    [
      'a bad chunk',
      () =>
        `POST /mcp HTTP/1.1\r\n${host()}Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n`,
      400,
    ],
    ['40 KiB of headers', () => `GET /health HTTP/1.1\r\n${host()}X: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
    ['an endless path', () => `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n${host()}\r\n`, 431],
  ];
  it.each(rows)('%s', async (_, bytes, status) => {
    const raw = await exchange(rig.host.port, Buffer.from(bytes(), 'latin1'));
    expect(raw.status).toBe(status);
    expect(errorOf(raw).data?.reason).toMatch(/^(not_http|headers_too_large|no_host|host_not_allowed)$/);
    expectHarmless(raw);
  });

  it('an expectation nobody knows', async () => {
    const raw = await attack({ headers: { Expect: 'a miracle' } });
    expect(raw.status).toBe(417);
    errorOf(raw);
    expectHarmless(raw);
  });

  it.each([
    ['a body cut short', { headers: { 'Content-Length': '10000' }, halfOpen: true }],
    [
      'a chunked body cut short',
      { headers: { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' }, body: 'fff\r\nabc', halfOpen: true },
    ],
  ])('%s ends with a 400 or a closed socket', async (_, request) => {
    const raw = await attack(request);
    expect([0, 400]).toContain(raw.status);
  });

  it('CONNECT is 405, and what came before it on the connection is answered', async () => {
    const connectTo = 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n';
    const raw = await exchange(rig.host.port, connectTo);
    expect(raw.status).toBe(405);
    expect(errorOf(raw).data?.reason).toBe('method_not_allowed');
    expectHarmless(raw);
    const before = await exchange(rig.host.port, `GET /health HTTP/1.1\r\n${host()}\r\n${connectTo}`);
    expect(before).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  });

  it('what follows a body in another transfer coding is still read as a request of its own', async () => {
    const coded = `POST /mcp HTTP/1.1\r\n${host()}Transfer-Encoding: gzip, chunked\r\n\r\n${chunked('GET /admin HTTP/1.1')}`;
    const received = await everything(`${coded}GET /health HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`);
    expect(received.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 501', 'HTTP/1.1 200']);
    expect(received).toMatch(/"reason":"unsupported_transfer_coding".*"status":"ok"/s);
  });

  it('a broken request behind others on a connection breaks none of their answers, and gets its own', async () => {
    const post = (body: string, more = `Content-Length: ${body.length}`) =>
      `POST /mcp HTTP/1.1\r\n${host()}Authorization: Bearer ${token}\r\nContent-Type: application/json\r\n${more}\r\n\r\n${body}`;
    const large = 'y'.repeat(400_000);
    const bytes =
      post(JSON.stringify(call('echo', { text: large }))) +
      post(JSON.stringify(call('echo', { text: 'second' }))) +
      post('ZZZ\r\n', 'Transfer-Encoding: chunked');
    for (let i = 0; i < 20; i++) {
      const received = await everything(bytes);
      expect(received.split(large)).toHaveLength(3);
      expect(received.split('HTTP/1.1 200 OK')).toHaveLength(3);
      expect(received).toMatch(/"text":"second".*HTTP\/1\.1 400 Bad Request\r\n.*not an HTTP request/s);
    }
  });

  it.each([
    ['a cheap one', 'GET', '/health', ''],
    ['a tool call', 'POST', '/mcp', JSON.stringify(call('echo', { text: 'x' }))],
  ])('garbage behind %s does not end up in its answer', async (_, method, path, body) => {
    const request =
      `${method} ${path} HTTP/1.1\r\n${host()}Authorization: Bearer ${token}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`;
    const raw = await exchange(rig.host.port, `${request}garbage\r\n\r\n`);
    expect(raw).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(raw.text).not.toContain('HTTP/1.1');
  });
});

describe('a body over the limit', () => {
  it('that is sent whole sees its 413 (a cut connection would hide it)', async () => {
    const response = await post(rig.host.url, `"${'x'.repeat(3 * 1024 * 1024)}"`, token);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: 413 } });
  });

  it('that goes on for ever is cut off', async () => {
    const socket = connect(rig.host.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {}).resume();
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let sent = 0;
    const more = () => {
      while (!socket.destroyed && socket.write(chunk)) sent += chunk.length;
    };
    socket.on('drain', more);
    more();
    await closed;
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });
});

it('a log line holds no more than the beginning of an id that a client made up', async () => {
  const id = 'i'.repeat(500_000);
  const { length } = rig.events;
  await post(rig.host.url, { ...call('no_such_tool'), id }, token);
  await post(rig.host.url, { ...call('write_note'), id }, token);
  const lines = rig.events.slice(length).filter(({ requestId }) => requestId !== undefined);
  expect(lines.map(({ event, requestId }) => [event, String(requestId).length])).toEqual([
    ['unknown-tool', 128],
    ['forbidden', 128],
  ]);
});

it('a Content-Type of many blanks is refused in time in proportion to its length', async () => {
  const refused = async (blanks: number) => {
    const started = process.cpuUsage();
    const raw = await attack({ headers: { 'Content-Type': `application/json;${' '.repeat(blanks)}x` } });
    expect(raw.status).toBe(415);
    const { user } = process.cpuUsage(started);
    return user / 1_000;
  };
  await refused(10);
  // Looked for twice in one place, so many took more than a second.
  expect(await refused(28_000)).toBeLessThan(300);
});

describe('slow clients', () => {
  it.each([
    ['headers', 'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '],
    [
      'a body',
      'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer TOKEN\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"jso',
    ],
  ])('that do not finish %s get 408', async (_, bytes) => {
    const slow = await start({ requestTimeoutMs: 150 });
    const raw = await exchange(slow.host.port, bytes.replace('TOKEN', token));
    expect(raw.status).toBe(408);
    expect(errorOf(raw).data?.reason).toBe('request_timeout');
    expectHarmless(raw);
    expect((await fetch(`${slow.origin}/health`)).status).toBe(200);
  });
});

describe('pages of an allowed Origin', () => {
  it('may ask beforehand and read the answer', async () => {
    const own = await start({ allowedOrigins: ['https://app.example.com'], allowedHosts: ['mcp.example.com'] });
    const origin = { Origin: 'https://app.example.com' };
    const asked = await fetch(own.host.url, {
      method: 'OPTIONS',
      headers: {
        ...origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization, mcp-name',
      },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-headers')).toBe('authorization, mcp-name');
    const answered = await post(own.host.url, call('echo', { text: 'x' }), undefined, origin);
    expect(answered.status).toBe(401);
    expect(answered.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(answered.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
    const other = await post(own.host.url, call('echo', { text: 'x' }), undefined, {
      Origin: 'https://app.example.com.evil',
    });
    expect(other.status).toBe(403);
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });
});

/** All that comes back until the server closes the connection. */
function everything(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(rig.host.port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (text) => (received += text));
    socket.on('error', () => {}).on('close', () => resolve(received));
  });
}

function chunked(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;
}
