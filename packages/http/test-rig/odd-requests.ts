import fc from 'fast-check';

/** A POST to the endpoint. `body` is text, or bytes where it is not. */
export interface OddRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export type OddEra = 'modern' | 'legacy';

const version = '2026-07-28';
const envelope = {
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** JSON text can say it, an object literal cannot. */
const proto = '§proto§';

const missing = fc.constant(undefined);
const mostly = <T, U>(usual: T, ...odd: readonly U[]) =>
  fc.oneof({ weight: 20 * odd.length, arbitrary: fc.constant(usual) }, ...odd.map((value) => fc.constant(value)));

const argumentsOf = fc.oneof(
  { weight: 60, arbitrary: fc.record({ text: fc.string({ unit: 'grapheme' }) }) },
  { weight: 30, arbitrary: fc.record({ a: fc.double({ noNaN: true }), b: fc.integer() }, { requiredKeys: [] }) },
  { weight: 20, arbitrary: fc.constant({}) },
  { weight: 20, arbitrary: missing },
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, [], 'text', 5, { [proto]: { text: 'x' }, text: 'y' }, { text: { [proto]: 1 } }),
  fc.constant({ text: 'x', region: 'eu', idempotency_key: 'k' }),
);

const id = fc.oneof(
  { weight: 100, arbitrary: fc.nat() },
  { weight: 50, arbitrary: fc.string({ unit: 'grapheme' }) },
  fc.constantFrom<unknown>(0, -1, 1.5, 2 ** 53, 1e300, null, true, {}, [], '', 'é\u2028"'),
  missing,
);

const ownMeta = fc.oneof(
  { weight: 150, arbitrary: fc.constant({}) },
  fc.constantFrom<object>(
    { progressToken: 'p' },
    { progressToken: 0 },
    { progressToken: {} },
    { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    { traceparent: 'nonsense', tracestate: 'a=b', baggage: 'c=d' },
    { traceparent: 5 },
    { 'dev.sallyport/timeoutMs': 5_000 },
    { 'dev.sallyport/timeoutMs': 'soon' },
    { 'dev.sallyport/idempotencyKey': 5 },
    { 'dev.sallyport/idempotencyKey': 'k'.repeat(300) },
    { 'dev.sallyport/other': { [proto]: 1 } },
    { 'example.com/more': [1] },
    { 'io.modelcontextprotocol/related-task': { taskId: 't' } },
    { 'io.modelcontextprotocol/related-task': 5 },
    { 'io.modelcontextprotocol/logLevel': 'debug' },
    { 'io.modelcontextprotocol/logLevel': 'loud' },
    { [proto]: { progressToken: 1 } },
  ),
);

const modernMeta = fc
  .tuple(
    mostly<object, object>(
      envelope,
      {},
      { ...envelope, 'io.modelcontextprotocol/protocolVersion': '2025-11-25' },
      { ...envelope, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' },
      { ...envelope, 'io.modelcontextprotocol/protocolVersion': 5 },
      { 'io.modelcontextprotocol/protocolVersion': version },
      { 'io.modelcontextprotocol/clientCapabilities': {} },
      { ...envelope, 'io.modelcontextprotocol/clientCapabilities': null },
      { ...envelope, 'io.modelcontextprotocol/clientCapabilities': [] },
      { ...envelope, 'io.modelcontextprotocol/clientCapabilities': { elicitation: {}, roots: { listChanged: true } } },
      { ...envelope, 'io.modelcontextprotocol/clientCapabilities': { elicitation: 'yes' } },
      { ...envelope, 'io.modelcontextprotocol/clientCapabilities': { experimental: { x: { y: 1 } } } },
    ),
    mostly<object, object>(
      {},
      { 'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' } },
      { 'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1', title: 'T', more: 1 } },
      { 'io.modelcontextprotocol/clientInfo': { name: 'c' } },
      { 'io.modelcontextprotocol/clientInfo': null },
    ),
    ownMeta,
  )
  .map((parts): unknown => Object.assign({}, ...parts));

const legacyMeta = fc.oneof(
  { weight: 30, arbitrary: missing },
  { weight: 30, arbitrary: ownMeta },
  fc.constantFrom<unknown>(null, [], 'text', 5),
);

const furtherParams = mostly<object, object>(
  {},
  { task: {} },
  { task: { ttl: 1_000 } },
  { cursor: '' },
  { cursor: 'c' },
  { inputResponses: {} },
  { requestState: 'x' },
  { requestState: 5 },
  { more: 1 },
  { [proto]: { name: 'echo' } },
);

const furtherFields = mostly<object, object>({}, { more: 1 }, { result: {} }, { error: {} }, { [proto]: { id: 1 } });

const method = fc.oneof(
  { weight: 80, arbitrary: fc.constant('tools/call') },
  { weight: 20, arbitrary: fc.constant('tools/list') },
  fc.constantFrom<unknown>(
    'tools/Call',
    'ping',
    'initialize',
    'server/discover',
    'prompts/list',
    'resources/read',
    'logging/setLevel',
    'notifications/cancelled',
    'nothing',
    '',
    5,
    undefined,
  ),
);

/** How the text differs from what `JSON.stringify` makes. */
const writing = mostly<(text: string) => string | Buffer, (text: string) => string | Buffer>(
  (text) => text,
  (text) => text.replaceAll(',"', ' ,\n\t"'),
  (text) => text.replaceAll('tools', 't\\u006fols'),
  (text) => `${text.slice(0, -1)},"id":77}`,
  (text) => `{"method":"ping",${text.slice(1)}`,
  (text) => text.slice(0, -1),
  (text) => `${text}x`,
  (text) => `\ufeff${text}`,
  (text) => `[${text}]`,
  (text) => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff]), Buffer.from('}')]),
  () => '',
  () => 'null',
  () => '"text"',
);

const furtherHeaders = mostly<Readonly<Record<string, string>>, Readonly<Record<string, string>>>(
  {},
  { Accept: '*/*' },
  { Accept: 'application/json' },
  { Accept: 'text/event-stream;q=0.1, application/json' },
  { 'Content-Type': 'application/json; charset=UTF-8' },
  { 'Content-Type': 'text/plain' },
  { 'Mcp-Session-Id': 'abc' },
  { 'Mcp-Param-Region': 'eu' },
  { 'Mcp-Param-Region': 'us' },
  { 'Last-Event-Id': '5' },
  { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  { Origin: 'http://localhost:9999' },
  { 'Mcp-Protocol-Version': '2024-11-05' },
  { 'Mcp-Protocol-Version': '2099-01-01' },
  { 'Mcp-Protocol-Version': '' },
  { 'Mcp-Method': 'tools/list' },
  { 'Mcp-Name': 'echo' },
  { 'Mcp-Name': '=?base64?ZWNobw==?=' },
);

const absent = '-';
const versionHeader = {
  modern: mostly<string, string>(version, absent, '2025-11-25', '2099-01-01', ` ${version} `, ''),
  legacy: mostly<string, string>(absent, '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', version, 'x'),
};

/** Requests of every shape a client, or somebody who is none, could send: mostly ordinary, each part odd now and then. */
export function oddRequests(era: OddEra, names: readonly string[]): fc.Arbitrary<OddRequest> {
  const name = fc.oneof(
    { weight: 80, arbitrary: fc.constantFrom<unknown>(...names) },
    { weight: 40, arbitrary: fc.constantFrom<unknown>('echo', 'sum', 'any') },
    fc.constantFrom<unknown>('unknown', '', 'ECHO', '__proto__', 'constructor', 5, null, undefined),
  );
  return fc
    .record({
      jsonrpc: mostly<unknown, unknown>('2.0', '1.0', 2, undefined),
      id,
      method,
      name,
      input: argumentsOf,
      meta: era === 'modern' ? modernMeta : legacyMeta,
      furtherParams,
      furtherFields,
      withoutParams: mostly<boolean, boolean>(false, true),
      writing,
      version: versionHeader[era],
      methodHeader: mostly<string, string>('=', absent, 'tools/LIST', 'ping'),
      nameHeader: mostly<string, string>('=', absent, 'other', '=?base64?'),
      furtherHeaders,
    })
    .map((odd) => {
      const { jsonrpc, id, method, name, input, meta } = odd;
      const named = method === 'tools/list' ? {} : { name, arguments: input };
      const params = odd.withoutParams ? undefined : { ...named, ...odd.furtherParams, _meta: meta };
      const text = JSON.stringify({ jsonrpc, id, method, params, ...odd.furtherFields }).replaceAll(proto, '__proto__');
      const headers: Record<string, string> = {
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
      };
      const set = (header: string, value: string, same: unknown) => {
        const sent = value === '=' ? same : value;
        if (typeof sent === 'string' && sent !== absent && /^[\t\x20-\x7e]*$/.test(sent)) headers[header] = sent;
      };
      set('Mcp-Protocol-Version', odd.version, undefined);
      if (era === 'modern') {
        set('Mcp-Method', odd.methodHeader, method);
        if (method === 'tools/call') set('Mcp-Name', odd.nameHeader, name);
      }
      return { headers: { ...headers, ...odd.furtherHeaders }, body: odd.writing(text) };
    });
}
