import type { IncomingHttpHeaders } from 'node:http';
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import type { Era } from '../era.js';
import type { KnownEnvelopes } from './known-envelopes.js';

/** A request in which nothing is unusual. */
export interface OrdinaryRequest {
  readonly era: Era;
  readonly id: string | number;
  /** `tools/list` when there is none. */
  readonly call: { readonly name: string; readonly input: JsonObject | undefined } | undefined;
  /** `_meta` as it came, with the envelope. */
  readonly meta: JsonObject | undefined;
}

type JsonObject = Readonly<Record<string, unknown>>;

const modernVersion = '2026-07-28';
const legacyVersions: ReadonlySet<unknown> = new Set([undefined, ...SUPPORTED_PROTOCOL_VERSIONS]);
/**
 * Recognises a `tools/call` or `tools/list` that the official handler would take as it is, of either era. `undefined` for
 * everything else, and whenever there is a doubt: the official handler then decides.
 */
export function ordinaryRequest(
  headers: IncomingHttpHeaders,
  message: unknown,
  envelopes: KnownEnvelopes,
): OrdinaryRequest | undefined {
  if (!isObject(message) || message.jsonrpc !== '2.0' || !hasOnly(message, isMessageKey)) return undefined;
  const { id, method, params } = message;
  if (!isId(id)) return undefined;
  if (method !== 'tools/call' && method !== 'tools/list') return undefined;
  if (params !== undefined && !isObject(params)) return undefined;
  const meta = params?._meta;
  if (meta !== undefined && !isObject(meta)) return undefined;
  const era = meta !== undefined && PROTOCOL_VERSION_META_KEY in meta ? 'modern' : 'legacy';
  if (meta !== undefined && !hasOrdinaryMeta(meta, era)) return undefined;
  if (era === 'modern' && !(meta?.[PROTOCOL_VERSION_META_KEY] === modernVersion && envelopes.accepts(meta))) {
    return undefined;
  }
  if (method === 'tools/list') {
    if (params !== undefined && !hasOnly(params, isListKey)) return undefined;
    return hasOrdinaryHeaders(headers, era, method, undefined) ? { era, id, call: undefined, meta } : undefined;
  }
  if (params === undefined || !hasOnly(params, isCallKey)) return undefined;
  const { name, arguments: input } = params;
  if (input !== undefined && !isObject(input)) return undefined;
  if (typeof name !== 'string' || !hasOrdinaryHeaders(headers, era, method, name)) return undefined;
  // Not spread: V8 gives a literal with a spread and further members a hidden class of its own each time.
  return { era, id, call: { name, input }, meta };
}

/** Nothing in it that the protocol reads but the envelope: no progress token, no log level. */
function hasOrdinaryMeta(meta: JsonObject, era: Era): boolean {
  for (const key in meta) {
    if (era === 'modern' && isEnvelopeKey(key)) continue;
    if (key.startsWith('dev.sallyport/')) continue;
    if (!(isTraceKey(key) && typeof meta[key] === 'string')) return false;
  }
  return true;
}

/** The headers that the era demands, and no other of the protocol's: no session, no `Mcp-Param-*`. */
function hasOrdinaryHeaders(headers: IncomingHttpHeaders, era: Era, method: string, name: string | undefined): boolean {
  for (const header in headers) if (header.startsWith('mcp-') && !isStandardHeader(header)) return false;
  const { 'mcp-protocol-version': version, 'mcp-method': methodHeader, 'mcp-name': nameHeader } = headers;
  if (era === 'modern') return version === modernVersion && methodHeader === method && nameHeader === name;
  return legacyVersions.has(version) && methodHeader === undefined && nameHeader === undefined;
}

function isId(id: unknown): id is string | number {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

/** `JSON.parse` made it, so it is a plain object when it is not an array. */
function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(value: JsonObject, isKnown: (key: string) => boolean): boolean {
  for (const key in value) if (!isKnown(key)) return false;
  return true;
}

// Compared, not looked up in sets: names are one text each in V8, and a set makes a hash of every one it is asked for.
const isMessageKey = (key: string) => key === 'jsonrpc' || key === 'id' || key === 'method' || key === 'params';
const isListKey = (key: string) => key === '_meta';
const isCallKey = (key: string) => key === 'name' || key === 'arguments' || key === '_meta';
const isEnvelopeKey = (key: string) =>
  key === PROTOCOL_VERSION_META_KEY || key === CLIENT_CAPABILITIES_META_KEY || key === CLIENT_INFO_META_KEY;
const isTraceKey = (key: string) => key === 'traceparent' || key === 'tracestate' || key === 'baggage';
const isStandardHeader = (name: string) =>
  name === 'mcp-protocol-version' || name === 'mcp-method' || name === 'mcp-name';
