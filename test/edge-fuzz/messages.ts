import fc from 'fast-check';
import type { Draft } from './wire-request.js';

const version = '2026-07-28';
const json = [
  ['Content-Type', 'application/json'],
  ['Accept', 'application/json, text/event-stream'],
] as const;

/** A message that is as it should be, with the headers its era demands. */
export interface Sound {
  readonly message: Readonly<Record<string, unknown>>;
  readonly headers: Draft['headers'];
}

/** The message of either era: 2026-07-28 wants an envelope and headers. */
export function sound(
  modern: boolean,
  id: string | number | undefined,
  method: string,
  params: Readonly<Record<string, unknown>>,
): Sound {
  const ids = id === undefined ? {} : { id };
  if (!modern) return { message: { jsonrpc: '2.0', ...ids, method, params }, headers: json };
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientCapabilities': {},
    ...(params._meta as object | undefined),
  };
  const { name, uri } = params as { readonly name?: unknown; readonly uri?: unknown };
  const named = name ?? uri;
  return {
    message: { jsonrpc: '2.0', ...ids, method, params: { ...params, _meta } },
    headers: [
      ...json,
      ['MCP-Protocol-Version', version],
      ['Mcp-Method', method],
      ...(typeof named === 'string' ? [['Mcp-Name', named] as const] : []),
    ],
  };
}

/** No baggage, which is seen at its very end. */
export const muchSpace = `a=${' '.repeat(4_000)};p=${' '.repeat(4_000)}"`;

const methods: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['tools/call', { name: 'echo', arguments: { text: 'x' } }],
  ['tools/call', { name: 'echo', arguments: { text: 'x' }, _meta: { progressToken: 1 } }],
  ['tools/call', { name: 'echo', arguments: { text: 'x' }, _meta: { traceparent: '00-aa-bb-01', tracestate: 'a=b' } }],
  ['tools/call', { name: 'echo', arguments: { text: 'x' }, _meta: { baggage: muchSpace } }],
  ['tools/call', { name: 'fail', arguments: {} }],
  ['tools/call', { name: 'steps', arguments: { count: 3 }, _meta: { progressToken: 'p' } }],
  ['tools/call', { name: 'store', arguments: { note: { a: [1, { b: null }] } } }],
  ['tools/call', { name: 'refund', arguments: { order: 'o-1' } }],
  ['tools/call', { name: 'ask', arguments: {} }],
  ['tools/call', { name: 'nothing' }],
  ['tools/list', {}],
  ['ping', {}],
  ['server/discover', {}],
  ['initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'fuzz', version: '1' } }],
  ['resources/list', {}],
  ['resources/read', { uri: 'file:///etc/passwd' }],
  ['prompts/get', { name: 'p', arguments: {} }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: 'b' } }],
  ['logging/setLevel', { level: 'debug' }],
  ['tasks/get', { taskId: 't' }],
  ['sampling/createMessage', { messages: [], maxTokens: 1 }],
];

const notifications: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['notifications/initialized', {}],
  ['notifications/cancelled', { requestId: 1, reason: 'x' }],
  ['notifications/progress', { progressToken: 1, progress: 1 }],
];

/** Any message of either era. */
export const anyMessage: fc.Arbitrary<Sound> = fc
  .tuple(
    fc.boolean(),
    fc.oneof(
      {
        weight: 15,
        arbitrary: fc.tuple(fc.constantFrom(...methods), fc.oneof(fc.nat(), fc.string({ unit: 'grapheme' }))),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...notifications), fc.constant(undefined)) },
    ),
  )
  .map(([modern, [[method, params], id]]) => sound(modern, id, method, params));
