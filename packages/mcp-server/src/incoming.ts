import type { ServerContext } from '@modelcontextprotocol/server';
import { governedNotify, type Incoming } from '@sallyport/core/adapter';

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
    progress: (params) => notify({ method: 'notifications/progress', params: { ...params } }),
    log,
    // Handlers keep the SDK's own object; a call through the legacy shim hands it out once more, governed already.
    govern(client) {
      ctx.mcpReq.notify = governedNotify(notify as never, client) as typeof notify;
    },
  };
}
