import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  isInitializeRequest,
  type McpServer,
  type Transport,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { type Clock, type Principal, randomId, ToolError } from '@sallyport/core';
import { authInfoOf } from '@sallyport/core/adapter';
import { type Answer, Refused } from '../answer.js';
import { atExpiry } from '../at-expiry.js';
import { cancelledId } from '../cancelled-id.js';
import { forwardedRequest } from '../forwarded-request.js';
import type { Hearing } from '../limits/hearing.js';
import { describe, type Log } from '../log.js';
import { ownerOf } from '../owner-of.js';
import { refused } from '../refusals.js';
import { type RpcId, rpcError, rpcId, typedAnswer } from '../rpc-error.js';
import type { RunningCalls } from '../running-calls.js';
import type { ServerSource } from '../server-source.js';
import { writeResponse } from '../write-response.js';
import type { SessionBounds, SessionStore } from './session-store.js';
import { Unanswered } from './unanswered.js';
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
export interface SessionParts {
  readonly source: ServerSource;
  readonly store: SessionStore;
  readonly bounds: SessionBounds;
  readonly calls: RunningCalls;
  readonly clock: Clock;
  readonly log: Log;
  readonly hearing: Hearing;
  readonly trustedProxies: number;
}

/** Requests that are no calls of tools, and so have no deadline, may go on for so long after their session. */
const lastWordsMs = 5_000;

interface Live {
  readonly id: string;
  readonly owner: string;
  readonly server: McpServer;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly unanswered: Unanswered;
  usedAt: number;
  exchanges: number;
  timer: unknown;
}

/**
 * One official server and transport per session. A session belongs to the principal that opened it: for anybody else, as
 * after its end, its id is 404, and no id at all is 400 (Streamable HTTP 2025-11-25, session management). Ids are 122 random
 * bits. An id that a request of the session has is refused to another until that one is answered (−32600): the transport
 * would give the answer of one to the other, and let the other wait for ever. Calls that run when their session ends are aborted, and
 * answered before their streams are closed. A client that is at its bound loses its longest idle session; what is in use is never taken.
 */
export function legacySessions({
  source,
  store,
  bounds,
  calls,
  clock,
  log,
  hearing,
  trustedProxies,
}: SessionParts): LegacySessions {
  const live = new Map<string, Live>();
  /** No longer sessions, but some of their requests are not answered. */
  const ending = new Set<Live>();

  const closeStreams = async ({ transport, server }: Live): Promise<void> => {
    await Promise.allSettled([transport.close(), server.close()]);
  };
  const forget = async (session: Live): Promise<void> => {
    if (!live.delete(session.id)) return;
    clock.clearTimeout(session.timer);
    await Promise.allSettled([store.end({ id: session.id, owner: session.owner })]);
  };
  /** Until all requests are answered. Calls end at their deadlines at the latest; what is no call is given up after a while. */
  const lastAnswers = async ({ id, unanswered, transport }: Live): Promise<void> => {
    const reason = new ToolError('CANCELLED', 'The session of this request has ended.');
    transport.closeStandaloneSSEStream();
    do {
      calls.endSession(id, reason);
      await new Promise<void>((resolve) => {
        const timer = clock.setTimeout(resolve, lastWordsMs);
        unanswered.whenNone(() => {
          clock.clearTimeout(timer);
          resolve();
        });
      });
    } while (unanswered.size > 0 && calls.endSession(id, reason) > 0);
    for (const left of unanswered.ids) {
      await transport.send(typedAnswer(reason, left).body as Parameters<typeof transport.send>[0]).catch(() => {});
    }
  };
  const end = async (session: Live): Promise<void> => {
    if (!live.has(session.id)) return;
    const forgotten = forget(session);
    if (session.unanswered.size === 0) await closeStreams(session);
    else {
      ending.add(session);
      // Whoever ends a session may be one of its own requests, so this is not waited for.
      void lastAnswers(session).then(async () => {
        if (ending.delete(session)) await closeStreams(session);
      });
    }
    await forgotten;
  };
  /** What is in use is not idle, and the store is told so, or it would forget what is still open and count one too few. */
  const keepOpen = async (session: Live): Promise<void> => {
    session.usedAt = clock.now();
    try {
      if (!(await store.touch({ id: session.id, owner: session.owner, idleMs: bounds.idleMs }))) await end(session);
    } catch (error) {
      log({ level: 'warn', event: 'session-store', ...describe(error) });
    }
  };
  const watch = (session: Live): void => {
    const left = session.usedAt + bounds.idleMs - clock.now();
    session.timer = clock.setTimeout(
      () => {
        if (session.exchanges > 0) void keepOpen(session);
        if (clock.now() - session.usedAt >= bounds.idleMs) void end(session);
        else watch(session);
      },
      // Twice in the idle time, so that the store hears of what is in use before that is over.
      Math.max(1, Math.min(left, bounds.idleMs / 2)),
    );
  };
  const idlest = (owner: string): Live | undefined => {
    let found: Live | undefined;
    for (const session of live.values()) {
      if (session.owner !== owner || session.exchanges > 0) continue;
      if (found === undefined || session.usedAt < found.usedAt) found = session;
    }
    return found;
  };
  const admit = async (id: string, owner: string, message: unknown): Promise<void> => {
    let opened = await store.open({ id, owner, ...bounds });
    const spare = opened === 'owner_full' ? idlest(owner) : undefined;
    if (spare !== undefined) {
      await end(spare);
      opened = await store.open({ id, owner, ...bounds });
    }
    if (opened === 'opened') return;
    log({ level: 'warn', event: 'session-refused', reason: opened });
    throw new Refused(typedAnswer(opened === 'full' ? allFull(bounds) : ownerFull(bounds), rpcId(message)));
  };
  const open = async (principal: Principal, message: unknown): Promise<Live> => {
    const id = randomId();
    const owner = ownerOf(principal);
    await admit(id, owner, message);
    const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: () => id });
    transport.onerror = (error) => log({ level: 'info', event: 'protocol', message: error.message.slice(0, 300) });
    const session: Live = {
      id,
      owner,
      server: source.newServer(),
      transport,
      unanswered: new Unanswered(),
      usedAt: clock.now(),
      exchanges: 0,
      timer: undefined,
    };
    live.set(id, session);
    watch(session);
    try {
      // The transport's optional callbacks are declared without `undefined`.
      await session.server.connect(transport as Transport);
    } catch (error) {
      await end(session);
      throw error;
    }
    return session;
  };
  const find = async ({ headers }: IncomingMessage, principal: Principal, message: unknown): Promise<Live> => {
    const id = headers['mcp-session-id'];
    const to = rpcId(message);
    if (typeof id !== 'string') throw refused('no_session_id', {}, to);
    const owner = ownerOf(principal);
    const session = live.get(id);
    if (session === undefined || session.owner !== owner) throw refused('unknown_session', {}, to);
    if (!(await store.touch({ id, owner, idleMs: bounds.idleMs }))) {
      await end(session);
      throw refused('unknown_session', {}, to);
    }
    // It may have been ended while the store was asked.
    if (!live.has(id)) throw refused('unknown_session', {}, to);
    return session;
  };
  const exchange = async (session: Live, run: () => Promise<void>): Promise<void> => {
    session.exchanges++;
    try {
      await run();
    } finally {
      session.exchanges--;
      session.usedAt = clock.now();
    }
  };

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
      const session = starts ? await open(principal, message) : await find(request, principal, message);
      const forward = async () => {
        const forwarded = forwardedRequest(request, 'POST', trustedProxies);
        hearing.forward(request, forwarded);
        if (starts) forwarded.headers.delete('mcp-session-id');
        const answer = await session.transport.handleRequest(forwarded, {
          parsedBody: message,
          authInfo: authInfoOf(principal),
        });
        if (starts && answer.status !== 200) await end(session);
        // A cancelled request gets no response, and the SDK would leave its stream open for ever.
        const cancelled = cancelledId(message);
        if (cancelled !== undefined) session.transport.closeSSEStream(cancelled);
        // Going away is not cancelling here: the call runs on, and what it says is thrown away.
        await writeResponse(answer, response, () => false, hearing.late);
      };
      await exchange(session, () => underItsId(session, message, forward));
    },
    async get(request, response, principal) {
      const session = await find(request, principal, undefined);
      await exchange(session, async () => {
        const answer = await session.transport.handleRequest(forwardedRequest(request, 'GET', trustedProxies), {
          authInfo: authInfoOf(principal),
        });
        // A stream must not outlive the token that opened it. The client may open another one with a new token.
        const stop = atExpiry(principal, clock, () => session.transport.closeStandaloneSSEStream());
        await writeStream(answer, response).finally(stop);
      });
    },
    async delete(request, principal) {
      await end(await find(request, principal, undefined));
    },
    each(tell) {
      for (const { server } of live.values()) {
        try {
          tell(server);
        } catch (error) {
          log({ level: 'info', event: 'protocol', ...describe(error) });
        }
      }
    },
    async close() {
      const all = [...live.values(), ...ending];
      ending.clear();
      await Promise.all(all.flatMap((session) => [forget(session), closeStreams(session)]));
    },
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

function ownerFull({ maxPerOwner }: SessionBounds): ToolError {
  return new ToolError('RATE_LIMITED', `${maxPerOwner} sessions of this caller are in use. End one first.`, {
    limit: 'sessions',
  });
}

function allFull({ maxInAll }: SessionBounds): ToolError {
  return new ToolError('OVERLOADED', `All ${maxInAll} sessions of this server are in use.`, { retryAfterMs: 30_000 });
}
