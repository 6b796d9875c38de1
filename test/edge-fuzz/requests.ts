import fc from 'fast-check';
import { anyMessage, muchSpace, sound } from './messages.js';
import { jsonMutation, mutatedText } from './mutate-json.js';
import { type Draft, type WireRequest, written } from './wire-request.js';

/** Tokens of callers that may do different things, and some that may nothing. */
export interface Tokens {
  readonly good: readonly string[];
  readonly weak: readonly string[];
  readonly bad: readonly string[];
}

type Headers = Draft['headers'];

const paths = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('/mcp', '/v1/mcp', '/health', '/ready') },
  fc.constantFrom(
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-protected-resource/../mcp',
    '/.well-known/oauth-protected-resource/%2e%2e/mcp',
    '/.well-known/%00',
    '//mcp',
    '/mcp/',
    '/%6dcp',
    '/__proto__',
    '*',
    'http://evil.example/mcp',
    '/mcp?access_token=x&a[__proto__]=1',
    '/mcp#x',
  ),
  fc.string({ minLength: 1, maxLength: 40 }).map((text) => `/${text}`),
  fc.webPath().map((path) => `/${path}`),
);
const methods = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'POST') },
  fc.constantFrom('TRACE', 'CONNECT', 'get', 'PRI', 'POST/', ''),
);
const headerNames = fc.oneof(
  fc.constantFrom(
    'Origin',
    'Accept',
    'Content-Type',
    'Content-Encoding',
    'MCP-Protocol-Version',
    'Mcp-Method',
    'Mcp-Name',
    'Mcp-Param-Region',
    'Mcp-Session-Id',
    'Last-Event-ID',
    'DPoP',
    'Cookie',
    'Authorization',
    'X-Forwarded-For',
    'X-HTTP-Method-Override',
    'traceparent',
    'tracestate',
    'baggage',
    'Access-Control-Request-Method',
    'Range',
    'If-None-Match',
    '__proto__',
    'constructor',
    // These say where a request ends: the connection is given up after them.
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Expect',
    'Upgrade',
    'Host',
  ),
  fc.string({ minLength: 1, maxLength: 20 }),
);
const headerValues = fc.oneof(
  fc.constantFrom(
    '',
    '*/*',
    'application/json',
    'text/plain',
    'gzip',
    'https://evil.example',
    'null',
    'http://localhost:1',
    '2026-07-28',
    '2025-06-18',
    'tools/call',
    'echo',
    'refund',
    '=?base64?ZWNobw==?=',
    '=?base64?%%%?=',
    '__proto__',
    'chunked',
    'close',
    '100-continue',
    '0',
    '5',
    '-1',
    'Bearer x',
    'Basic YTpi',
    'x'.repeat(9_000),
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
);
/** A pattern that is tried again from every place takes seconds to hours over these. */
const longHeaders = fc.constantFrom<readonly [string, string]>(
  ['baggage', muchSpace],
  ['Content-Type', `application/json;${' '.repeat(9_000)}x`],
  ['Accept', `text/html;q =${' '.repeat(9_000)}x`],
  ['Authorization', `Bearer ${Buffer.from(`"${'\\"'.repeat(5_000)}`).toString('base64url')}.e30.e30`],
);
const moreHeaders: fc.Arbitrary<Headers> = fc.array(
  fc.oneof({ weight: 20, arbitrary: fc.tuple(headerNames, headerValues) }, { weight: 1, arbitrary: longHeaders }),
  { minLength: 1, maxLength: 4 },
);
const chunks = fc.option(fc.array(fc.nat(300), { maxLength: 6 }), { nil: undefined, freq: 4 });
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

/**
 * Requests of every kind, most of them close to good ones: what is too odd is refused too early to find anything. Good ones of the
 * 2025 era only where it is `stateless`, because otherwise they need a session.
 */
export function requests({ good, weak, bad }: Tokens, stateless = true): fc.Arbitrary<WireRequest> {
  const authorized = (token: string, headers: Headers): Headers => [['Authorization', `Bearer ${token}`], ...headers];
  const token = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...good) },
    { weight: 2, arbitrary: fc.constantFrom(...weak) },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...good), place, fc.constantFrom('A', '.', 'e', '_', ''))
        .map(([whole, at, by]) => {
          const index = Math.floor(at * whole.length);
          return `${whole.slice(0, index)}${by}${whole.slice(index + 1)}`;
        }),
    },
  );
  /** Behind one trusted proxy, from so few addresses that they flood. */
  const origin: fc.Arbitrary<Headers> = fc
    .nat(12)
    .map((last): Headers => (last === 0 ? [] : [['X-Forwarded-For', `198.51.100.${last}`]]));
  const draft = fc
    .tuple(token, anyMessage, origin)
    .map(([own, { message, headers }, from]) => ({ message, headers: [...from, ...authorized(own, headers)] }));
  const posted = (headers: Headers, body: Buffer | string): Draft => ({
    method: 'POST',
    path: '/mcp',
    headers,
    body: Buffer.from(body),
  });

  const sane = fc
    .tuple(
      fc.constantFrom(...good),
      stateless ? fc.boolean() : fc.constant(true),
      fc.oneof(fc.nat(), fc.uuid()),
      fc.uuid(),
      chunks,
      fc.constantFrom('/mcp', '/v1/mcp'),
    )
    .map(([own, modern, id, text, sizes, path]): WireRequest => {
      const { message, headers } = sound(modern, id, 'tools/call', { name: 'echo', arguments: { text } });
      const whole = { ...posted(authorized(own, headers), JSON.stringify(message)), path };
      return { ...written(whole, sizes), good: { id, echoed: text } };
    });
  const oddMessage = fc
    .tuple(draft, fc.array(jsonMutation, { maxLength: 3 }), chunks)
    .map(([{ message, headers }, mutations, sizes]) =>
      written(posted(headers, mutatedText(message, mutations)), sizes),
    );
  const oddBytes = fc
    .tuple(
      draft,
      fc.array(fc.tuple(place, fc.nat(255), fc.constantFrom('flip', 'insert', 'cut')), { minLength: 1, maxLength: 5 }),
    )
    .map(([{ message, headers }, changes]) => {
      let body = Buffer.from(JSON.stringify(message));
      for (const [at, byte, kind] of changes) {
        const index = Math.floor(at * body.length);
        const rest = body.subarray(kind === 'insert' ? index : index + 1);
        body = Buffer.concat([body.subarray(0, index), kind === 'cut' ? Buffer.alloc(0) : Buffer.from([byte]), rest]);
      }
      return written(posted(headers, body));
    });
  const oddHeaders = fc
    .tuple(draft, moreHeaders, fc.nat(8))
    .map(([{ message, headers }, more, without]) =>
      written(posted([...headers.filter((_, i) => i !== without), ...more], JSON.stringify(message))),
    );
  const oddTarget = fc
    .tuple(draft, methods, paths)
    .map(([{ message, headers }, method, path]) =>
      written({ method, path, headers, body: Buffer.from(method === 'POST' ? JSON.stringify(message) : '') }),
    );
  const garbled = fc
    .tuple(sane, fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 6 }))
    .map(([{ bytes }, changes]): WireRequest => {
      const copy = Buffer.from(bytes);
      for (const [at, byte] of changes) copy[Math.floor(at * copy.length)] = byte;
      return { bytes: copy, ends: true, head: false, aborts: false, good: undefined };
    });
  const noise = fc
    .uint8Array({ maxLength: 300 })
    .map(
      (bytes): WireRequest => ({ bytes: Buffer.from(bytes), ends: true, head: false, aborts: false, good: undefined }),
    );
  const cutShort = fc.tuple(sane, place, fc.boolean()).map(
    ([whole, at, aborts]): WireRequest => ({
      ...whole,
      bytes: whole.bytes.subarray(0, Math.floor(at * whole.bytes.length)),
      ends: !aborts,
      aborts,
      good: undefined,
    }),
  );
  const large = fc
    .tuple(fc.constantFrom(...good), fc.constantFrom('text', 'deep', 'wide', 'members'), fc.nat(60_000))
    .map(([own, shape, size]) => {
      const value = {
        text: JSON.stringify('x'.repeat(size * 20)),
        deep: `${'['.repeat(size)}${']'.repeat(size)}`,
        wide: `[${'1,'.repeat(size)}1]`,
        members: `{${Array.from({ length: size % 9_000 }, (_, i) => `"m${i}":1`).join(',')}}`,
      }[shape];
      const { headers } = sound(false, 1, 'tools/call', {});
      const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":${value}}}}`;
      return written(posted(authorized(own, headers), body));
    });
  const streams = fc.constantFrom(...good).map((own): WireRequest => {
    const { message, headers } = sound(true, 's', 'subscriptions/listen', {
      notifications: { toolsListChanged: true },
    });
    return { ...written(posted(authorized(own, headers), JSON.stringify(message))), ends: false, aborts: true };
  });

  return fc.oneof(
    { weight: 200, arbitrary: sane },
    { weight: 400, arbitrary: oddMessage },
    { weight: 90, arbitrary: oddBytes },
    { weight: 120, arbitrary: oddHeaders },
    { weight: 80, arbitrary: oddTarget },
    { weight: 40, arbitrary: garbled },
    { weight: 15, arbitrary: noise },
    { weight: 40, arbitrary: cutShort },
    { weight: 10, arbitrary: large },
    { weight: 5, arbitrary: streams },
  );
}
