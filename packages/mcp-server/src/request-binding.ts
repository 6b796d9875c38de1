import type { ServerContext } from '@modelcontextprotocol/server';
import { canonicalJson } from '@sallyport/core';
import { RpcError } from '@sallyport/core/adapter';
import { OpenedState } from './opened-state.js';

/** A request without what changes from round to round. */
interface BoundRequest {
  readonly method: string;
  readonly params: unknown;
  /** Where it was sent, when its host has several places. */
  readonly endpoint: string | undefined;
}

const requests = new WeakMap<ServerContext, BoundRequest>();
const encoder = new TextEncoder();

/**
 * Remembers which request a `ctx` is of. Throws −32602 when it carries a request state that was sealed in another one: for
 * another tool, for other arguments, or at another endpoint.
 */
export async function bindRequest(ctx: ServerContext, params: unknown, endpoint?: string): Promise<void> {
  const { _meta, ...rest } = (params ?? {}) as Readonly<Record<string, unknown>>;
  const request = { method: ctx.mcpReq.method, params: rest, endpoint };
  requests.set(ctx, request);
  const state = ctx.mcpReq.requestState<unknown>();
  if (!(state instanceof OpenedState) || state.digest === (await digestOf(request))) return;
  throw new RpcError(-32602, 'Invalid or expired requestState');
}

/** The request a `ctx` is of. Throws outside a hardened handler. */
export function requestOf(ctx: ServerContext): BoundRequest {
  const request = requests.get(ctx);
  if (request === undefined) throw new TypeError('This ctx did not come from a hardened handler.');
  return request;
}

/** SHA-256 of the request, base64url. */
export async function digestOf({ method, params, endpoint }: BoundRequest): Promise<string> {
  const text = encoder.encode(canonicalJson([method, params, endpoint ?? null]));
  return Buffer.from(await crypto.subtle.digest('SHA-256', text)).toString('base64url');
}
