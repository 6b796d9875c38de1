import type { ServerContext } from '@modelcontextprotocol/server';
import type { Incoming } from '@sallyport/core/adapter';

/**
 * The SDK's `ctx` with the signal of the call, which aborts at the deadline as well, and for a phased write not when the
 * client goes away. Everything else is the SDK's own.
 */
export function withSignal(ctx: ServerContext, signal: AbortSignal): ServerContext {
  return { ...ctx, mcpReq: { ...ctx.mcpReq, signal } };
}

/** Reads a request out of the SDK's `ctx`. What is sent back belongs to that request. */
export function incoming(input: unknown, ctx: ServerContext): Incoming {
  const { id, signal, _meta, notify, log } = ctx.mcpReq;
  return {
    input,
    id,
    signal,
    meta: _meta,
    authInfo: ctx.http?.authInfo,
    sdk: ctx,
    progress: (params) => notify({ method: 'notifications/progress', params }),
    log,
  };
}
