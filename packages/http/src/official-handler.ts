import type { IncomingMessage, ServerResponse } from 'node:http';
import { createMcpHandler, type ServerNotifier } from '@modelcontextprotocol/server';
import type { Clock, Principal, Tool } from '@sallyport/core';
import { authInfoOf, principalIn } from '@sallyport/core/adapter';
import { atExpiry } from './at-expiry.js';
import { eraOf } from './era.js';
import { forwardedRequest } from './forwarded-request.js';
import type { Hearing } from './limits/hearing.js';
import type { Log } from './log.js';
import { refuseClientRequests } from './refuse-client-requests.js';
import type { ServerSource } from './server-source.js';
import { isSubscription } from './subscriptions.js';
import { writeResponse } from './write-response.js';

/** Answers MCP messages that the edge has let in. */
export interface OfficialHandler {
  /**
   * Resolves when the answer has gone out, or nobody waits for it any more and the call has ended. `instead` takes the place
   * of all tools, for a call that has run already.
   */
  serve(
    request: IncomingMessage,
    response: ServerResponse,
    message: unknown,
    principal: Principal,
    instead?: Tool,
  ): Promise<void>;
  /** Tells open subscriptions that something changed. */
  readonly notify: ServerNotifier;
  /** Ends subscription streams. */
  close(): Promise<void>;
}

/**
 * The official 2.x handler, both eras, with a fresh `McpServer` for every request: a shared one leaks between clients.
 * Each caller's has the tools it may call, so any other is as unknown to it as one that does not exist. Stateless: sessions are
 * neither made nor looked for.
 */
export function officialHandler(
  source: ServerSource,
  log: Log,
  clock: Clock,
  hearing: Hearing,
  trustedProxies: number,
): OfficialHandler {
  const replaced = new WeakMap<Request, readonly Tool[]>();
  const handler = createMcpHandler(
    ({ era, authInfo, requestInfo }) => {
      const principal = authInfo === undefined ? undefined : principalIn(authInfo);
      const server = source.newServer(principal, requestInfo && replaced.get(requestInfo));
      return era === 'legacy' ? refuseClientRequests(server) : server;
    },
    { onerror: (error) => log({ level: 'info', event: 'protocol', message: error.message.slice(0, 300) }) },
  );
  return {
    async serve(incoming, response, message, principal, instead) {
      const disconnect = new AbortController();
      const cancels = () => eraOf(incoming, message) === 'modern';
      // 2026-07-28: closing the stream is cancelling. In the 2025 revisions it is not, so there the call runs on.
      const onClose = () => {
        if (!response.writableEnded && cancels()) disconnect.abort();
      };
      if (response.destroyed) onClose();
      else response.once('close', onClose);
      // A subscription has no end of its own, and must not outlive the token that opened it.
      const stop = isSubscription(message) ? atExpiry(principal, clock, () => disconnect.abort()) : () => {};
      const request = forwardedRequest(incoming, 'POST', trustedProxies, disconnect.signal);
      hearing.forward(incoming, request);
      if (instead !== undefined) replaced.set(request, [instead]);
      const answer = await handler.fetch(request, { authInfo: authInfoOf(principal), parsedBody: message });
      await writeResponse(answer, response, cancels, hearing.late).finally(stop);
    },
    notify: handler.notify,
    close: () => handler.close(),
  };
}
