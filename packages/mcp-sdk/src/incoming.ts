import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import { governedNotify, type Incoming } from '@sallyport/core/adapter';

/** What the SDK hands to every handler. */
export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** Reads a request out of the SDK's `extra`. What is sent back belongs to that request, also on a shared connection. */
export function incoming(server: Server, input: unknown, extra: Extra): Incoming {
  const notify = extra.sendNotification;
  const { isMessageIgnored } = server as unknown as { isMessageIgnored?(level: string, sessionId?: string): boolean };
  return {
    input,
    id: extra.requestId,
    signal: extra.signal,
    meta: extra._meta,
    authInfo: extra.authInfo,
    sdk: extra,
    progress: (params) => notify({ method: 'notifications/progress', params }),
    async log(level, data) {
      if (isMessageIgnored?.(level, extra.sessionId) === true) return;
      await notify({ method: 'notifications/message', params: { level, data } });
    },
    govern(client) {
      extra.sendNotification = governedNotify(notify as never, client) as typeof notify;
    },
  };
}
