import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import type { Incoming } from '@sallyport/core/adapter';

/** What the SDK hands to every handler. */
export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/**
 * The SDK's `extra` with the signal of the call, which aborts at the deadline as well, and for a phased write not when the
 * client goes away. Everything else is the SDK's own.
 */
export function withSignal(extra: Extra, signal: AbortSignal): Extra {
  return { ...extra, signal };
}

/** Reads a request out of the SDK's `extra`. What is sent back belongs to that request, also on a shared connection. */
export function incoming(server: Server, input: unknown, extra: Extra): Incoming {
  const { isMessageIgnored } = server as unknown as { isMessageIgnored?(level: string, sessionId?: string): boolean };
  return {
    input,
    id: extra.requestId,
    signal: extra.signal,
    meta: extra._meta,
    authInfo: extra.authInfo,
    sdk: extra,
    progress: (params) => extra.sendNotification({ method: 'notifications/progress', params }),
    async log(level, data) {
      if (isMessageIgnored?.(level, extra.sessionId) === true) return;
      await extra.sendNotification({ method: 'notifications/message', params: { level, data } });
    },
  };
}
