import type { IncomingMessage } from 'node:http';
import { type McpServer, type Transport, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { type Clock, type Principal, randomId, ToolError } from '@sallyport/core';
import { Refused } from '../answer.js';
import { describe, type Log } from '../log.js';
import { ownerOf } from '../owner-of.js';
import { refused } from '../refusals.js';
import { rpcId, typedAnswer } from '../rpc-error.js';
import type { RunningCalls } from '../running-calls.js';
import type { ServerSource } from '../server-source.js';
import type { SessionBounds, SessionStore } from './session-store.js';
import { Unanswered } from './unanswered.js';

/** What sessions live by. */
export interface LiveParts {
  readonly source: ServerSource;
  readonly store: SessionStore;
  readonly bounds: SessionBounds;
  readonly calls: RunningCalls;
  readonly clock: Clock;
  readonly log: Log;
}

/** A session that is open. */
export interface Live {
  readonly id: string;
  readonly owner: string;
  readonly server: McpServer;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly unanswered: Unanswered;
  usedAt: number;
  exchanges: number;
  timer: unknown;
}

/** From their beginning to the last answer of each. */
export interface LiveSessions {
  /** Begins one for that caller. Throws what it is refused with: 429 or 503 in the words of the protocol. */
  open(principal: Principal, message: unknown): Promise<Live>;
  /** The one that the request names. Throws 400 when it names none, and 404 when it is not, or no longer, one of that caller's. */
  find(request: IncomingMessage, principal: Principal, message: unknown): Promise<Live>;
  /** Runs what uses the session, which is not idle as long as that goes on. */
  exchange(session: Live, run: () => Promise<void>): Promise<void>;
  end(session: Live): Promise<void>;
  /** Those that are open now. */
  all(): Iterable<Live>;
  close(): Promise<void>;
}

/** Requests that are no calls of tools, and so have no deadline, may go on for so long after their session. */
const lastWordsMs = 5_000;

/**
 * One official server and transport per session. A session belongs to the principal that opened it. Ids are 122 random bits. Calls that
 * run when their session ends are aborted, and answered before their streams are closed. A client that is at its bound loses its longest
 * idle session; what is in use is never taken.
 */
export function liveSessions({ source, store, bounds, calls, clock, log }: LiveParts): LiveSessions {
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

  return {
    open,
    find,
    exchange,
    end,
    all: () => live.values(),
    async close() {
      const all = [...live.values(), ...ending];
      ending.clear();
      await Promise.all(all.flatMap((session) => [forget(session), closeStreams(session)]));
    },
  };
}

function ownerFull({ maxPerOwner }: SessionBounds): ToolError {
  return new ToolError('RATE_LIMITED', `${maxPerOwner} sessions of this caller are in use. End one first.`, {
    limit: 'sessions',
  });
}

function allFull({ maxInAll }: SessionBounds): ToolError {
  return new ToolError('OVERLOADED', `All ${maxInAll} sessions of this server are in use.`, { retryAfterMs: 30_000 });
}
