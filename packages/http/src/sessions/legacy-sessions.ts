import type { IncomingMessage, ServerResponse } from 'node:http';
import { isInitializeRequest, type McpServer } from '@modelcontextprotocol/server';
import type { Principal } from '@sallyport/core';
import { authInfoOf } from '@sallyport/core/adapter';
import { type Answer, Refused } from '../answer.js';
import { atExpiry } from '../at-expiry.js';
import { cancelledId } from '../cancelled-id.js';
import { forwardedRequest } from '../forwarded-request.js';
import type { Hearing } from '../limits/hearing.js';
import { describe } from '../log.js';
import { refused } from '../refusals.js';
import { type RpcId, rpcError, rpcId } from '../rpc-error.js';
import { writeResponse } from '../write-response.js';
import { type Live, type LiveParts, liveSessions } from './live-sessions.js';
import { writeStream } from './write-stream.js';

/** Sessions of the 2025 era: `POST` once the edge has let a message in, `GET` and `DELETE` likewise without one. */
export interface LegacySessions {
  post(request: IncomingMessage, response: ServerResponse, message: unknown, principal: Principal): Promise<void>;
  get(request: IncomingMessage, response: ServerResponse, principal: Principal): Promise<void>;
  delete(request: IncomingMessage, principal: Principal): Promise<void>;
  /** Runs for the server of every open session. */
  each(tell: (server: McpServer) => void): void;
  close(): Promise<void>;
}

/** What sessions are made of. */
export interface SessionParts extends LiveParts {
  readonly hearing: Hearing;
  readonly trustedProxies: number;
}

/**
 * What clients say within sessions goes to the official transport of each. For anybody but the principal that opened it, as after its
 * end, the id of a session is 404, and no id at all is 400 (Streamable HTTP 2025-11-25, session management). An id that a request of the
 * session has is refused to another until that one is answered (−32600): the transport would give the answer of one to the other, and let
 * the other wait for ever.
 */
export function legacySessions({ hearing, trustedProxies, ...parts }: SessionParts): LegacySessions {
  const { clock, log } = parts;
  const sessions = liveSessions(parts);

  /** Keeps the id of a request from others while it runs. Notifications and answers have none. */
  const underItsId = async (session: Live, message: unknown, run: () => Promise<void>): Promise<void> => {
    const id = hasMethod(message) ? rpcId(message) : null;
    if (id === null) return run();
    if (session.unanswered.has(id)) throw refused('id_in_use', {}, id);
    session.unanswered.add(id);
    try {
      await run();
    } finally {
      session.unanswered.delete(id);
    }
  };

  return {
    async post(request, response, message, principal) {
      const starts = isInitializeRequest(message);
      if (!starts && isInitialize(message)) throw new Refused(badInitialize(rpcId(message)));
      const session = starts
        ? await sessions.open(principal, message)
        : await sessions.find(request, principal, message);
      const forward = async () => {
        const forwarded = forwardedRequest(request, 'POST', trustedProxies);
        hearing.forward(request, forwarded);
        if (starts) forwarded.headers.delete('mcp-session-id');
        const answer = await session.transport.handleRequest(forwarded, {
          parsedBody: message,
          authInfo: authInfoOf(principal),
        });
        if (starts && answer.status !== 200) await sessions.end(session);
        // A cancelled request gets no response, and the SDK would leave its stream open for ever.
        const cancelled = cancelledId(message);
        if (cancelled !== undefined) session.transport.closeSSEStream(cancelled);
        // Going away is not cancelling here: the call runs on, and what it says is thrown away.
        await writeResponse(answer, response, () => false, hearing.late);
      };
      await sessions.exchange(session, () => underItsId(session, message, forward));
    },
    async get(request, response, principal) {
      const session = await sessions.find(request, principal, undefined);
      await sessions.exchange(session, async () => {
        const answer = await session.transport.handleRequest(forwardedRequest(request, 'GET', trustedProxies), {
          authInfo: authInfoOf(principal),
        });
        // A stream must not outlive the token that opened it. The client may open another one with a new token.
        const stop = atExpiry(principal, clock, () => session.transport.closeStandaloneSSEStream());
        await writeStream(answer, response).finally(stop);
      });
    },
    async delete(request, principal) {
      await sessions.end(await sessions.find(request, principal, undefined));
    },
    each(tell) {
      for (const { server } of sessions.all()) {
        try {
          tell(server);
        } catch (error) {
          log({ level: 'info', event: 'protocol', ...describe(error) });
        }
      }
    },
    close: () => sessions.close(),
  };
}

function hasMethod(message: unknown): message is { readonly method: unknown } {
  return typeof message === 'object' && message !== null && 'method' in message;
}

function isInitialize(message: unknown): boolean {
  return hasMethod(message) && message.method === 'initialize';
}

/** No session begins with it, so no server of the SDK can say what is wrong. */
function badInitialize(id: RpcId): Answer {
  const text = 'Invalid params for initialize: protocolVersion, capabilities and clientInfo are needed.';
  return { status: 400, headers: {}, body: rpcError(-32602, text, undefined, id) };
}
