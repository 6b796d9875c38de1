import { idempotencyMetaKey, type Priority, priorityMetaKey } from '@sallyport/core';
import { headerText } from './header-text.js';
import type { Operation } from './operation.js';
import type { Protocol } from './protocol.js';

/** One message as it goes out over HTTP. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Who sends it, and how. */
export interface Sender {
  readonly protocol: Protocol;
  readonly token?: string | undefined;
  /** Of the 2025 era, where the server keeps sessions. */
  readonly sessionId?: string | undefined;
}

const clientInfo = { name: 'sallyport-storm', version: '1.0.0' };

/** What every request of 2026-07-28 says of its sender. */
const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': clientInfo,
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A request, or without an id a notification, as an official client of that version writes it. */
export function message(
  sender: Sender,
  method: string,
  id: number | undefined,
  params: Readonly<Record<string, unknown>> = {},
): Message {
  const { protocol, token, sessionId } = sender;
  const isModern = protocol === '2026-07-28';
  const { name, _meta, ...others } = params;
  const meta = isModern ? { ...envelope, ...(_meta as object | undefined) } : _meta;
  return {
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': protocol,
      ...(isModern ? { 'Mcp-Method': method } : {}),
      ...(isModern && typeof name === 'string' ? { 'Mcp-Name': headerText(name) } : {}),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(sessionId === undefined ? {} : { 'Mcp-Session-Id': sessionId }),
    },
    // JSON leaves out what is undefined.
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { name, ...others, _meta: meta } }),
  };
}

/** How a call is made beyond what is called. */
export interface CallFacts {
  readonly priority?: Priority | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** A `tools/call`. */
export function callMessage(sender: Sender, id: number, operation: Operation, facts: CallFacts): Message {
  const { priority, idempotencyKey } = facts;
  const _meta =
    priority === undefined && idempotencyKey === undefined
      ? undefined
      : { [priorityMetaKey]: priority, [idempotencyMetaKey]: idempotencyKey };
  return message(sender, 'tools/call', id, { name: operation.tool, arguments: operation.arguments, _meta });
}

/** The first message of a client of the 2025 era. */
export function initializeMessage(sender: Sender, id: number): Message {
  return message(sender, 'initialize', id, { protocolVersion: sender.protocol, capabilities: {}, clientInfo });
}
