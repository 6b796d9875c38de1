import { errorTable, type ToolError } from '@sallyport/core';
import { rpcFailure } from '@sallyport/core/adapter';
import type { Answer } from './answer.js';

/** A JSON-RPC id that can be echoed; `null` when there was none to read. */
export type RpcId = string | number | null;

/** The id of a message, or `null` when it is not one a response may carry. */
export function rpcId(message: unknown): RpcId {
  if (typeof message !== 'object' || message === null || !Object.hasOwn(message, 'id')) return null;
  const { id } = message as { readonly id: unknown };
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

/** As much of an id that a client made up as is in the log. */
const maxLoggedLength = 128;

/** The id as it is logged: whoever makes one of a megabyte gets it back, and the log does not. */
export function loggedId(id: RpcId): RpcId {
  return typeof id === 'string' ? id.slice(0, maxLoggedLength) : id;
}

/** A JSON-RPC 2.0 error response. */
export function rpcError(code: number, message: string, data?: unknown, id: RpcId = null): object {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/**
 * A typed error as an HTTP answer, with the status its code has, and `Retry-After` when it says how long to wait. Without
 * `errorId` equal errors have equal text.
 */
export function typedAnswer(error: ToolError, id: RpcId = null, errorId?: string): Answer {
  const { code, message, data } = rpcFailure(error, errorId ?? '');
  // JSON leaves out what is undefined.
  const headers =
    error.retryAfterMs === undefined ? {} : { 'Retry-After': String(Math.ceil(error.retryAfterMs / 1_000)) };
  return { status: errorTable[error.code].http, headers, body: rpcError(code, message, { ...data, errorId }, id) };
}
