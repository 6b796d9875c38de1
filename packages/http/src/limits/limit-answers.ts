import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type AdmissionRequest,
  type Clock,
  type LimitScope,
  type OnAdmission,
  type OnRefusal,
  type Principal,
  ToolError,
  type WindowLimit,
} from '@sallyport/core';
import { refusedBy } from '@sallyport/core/adapter';
import { Refused, send } from '../answer.js';
import type { ToolFinder } from '../named-tool.js';
import { ownerOf } from '../owner-of.js';
import { rpcId, typedAnswer } from '../rpc-error.js';
import { DeniedCallers } from './denied-callers.js';
import { glance } from './glance.js';
import { Hearing } from './hearing.js';
import { setLimitHeaders, type TakesHeaders, waitSeconds } from './limit-headers.js';

/**
 * How a call that a limit denies is answered. `tool-error`: as a tool error, which the model can read. `http-429`: as HTTP 429, for
 * deployments behind gateways that understand it. `escalate`: as a tool error, until a caller that was told to wait was denied more
 * than three times since by a window with less than one unit left; then with 429, by this instance alone, until its wait is over.
 */
export type Denials = 'escalate' | 'http-429' | 'tool-error';

/** What a host says about limits. */
export interface LimitAnswers {
  /** Who is told about which call. */
  readonly hearing: Hearing;
  /**
   * Throws 429 for a `tools/call` of a caller that keeps calling while it has to wait. Nothing is parsed, and no store asked; `find` is
   * told no more of the message than which tool it seems to name.
   */
  turnAway(request: IncomingMessage, body: Buffer, principal: Principal, find: ToolFinder): void;
  /** From now on what is decided about the limits of this call is put into its answer, whoever runs it. */
  listen(exchange: Exchange): void;
  /** The same for who runs the call itself: tells `answer` the headers. Nothing has to be remembered until then. */
  listener(exchange: Exchange): Listener;
}

/** A budget may be raised before it renews, so a caller that keeps calling is not turned away for a day. */
const budgetWaitMs = 60_000;

/** Makes a listener that tells `answer` the headers. */
export type Listener = (answer: TakesHeaders) => OnAdmission;

/** A message that was let in. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly message: unknown;
  readonly principal: Principal;
  readonly arrivedAt: number;
}

/** Makes them. */
export function limitAnswers(denials: Denials, clock: Clock, onRefusal: OnRefusal): LimitAnswers {
  const callers = new DeniedCallers(clock);
  const hearing = new Hearing(denials === 'http-429');
  const listener =
    ({ response, message, principal, arrivedAt }: Exchange): Listener =>
    (answer) =>
    (request, admission) => {
      setLimitHeaders(denials === 'http-429' ? response : answer, request, admission);
      if (admission.admitted) return;
      const { limit, isBudget, retryAfterMs } = admission;
      if (denials === 'escalate') {
        const empty = emptyWindow(request, limit);
        if (empty !== undefined)
          callers.note(
            ownerOf(principal),
            toolOf(empty.scope, message),
            arrivedAt,
            isBudget === true ? Math.min(retryAfterMs, budgetWaitMs) : retryAfterMs,
          );
      } else if (denials === 'http-429') {
        send(response, tooMany(refusedBy(admission), retryAfterMs, rpcId(message)));
      }
    };
  return {
    hearing,
    turnAway({ headers }, body, principal, find) {
      if (denials !== 'escalate' || callers.isEmpty) return;
      const caller = ownerOf(principal);
      if (!callers.knows(caller)) return;
      const { method, tool, id } = glance(body, headers);
      if (method !== 'tools/call') return;
      const retryAfterMs = callers.waitMs(caller, tool);
      if (retryAfterMs <= 0) return;
      const named = find({ method, params: { name: tool } });
      onRefusal({ code: 'RATE_LIMITED', principal, ...(named && { tool: named.facts }) });
      throw new Refused(tooMany(toldToWait(retryAfterMs), retryAfterMs, id));
    },
    listen: (exchange) => hearing.add(exchange.request, listener(exchange)(exchange.response)),
    listener,
  };
}

function tooMany(error: ToolError, retryAfterMs: number, id: ReturnType<typeof rpcId>) {
  return { ...typedAnswer(error, id), headers: { 'Retry-After': `${waitSeconds(retryAfterMs)}` } };
}

function toldToWait(retryAfterMs: number): ToolError {
  return new ToolError(
    'RATE_LIMITED',
    'This caller was told to wait and has not. Nothing it calls runs before its wait is over.',
    {
      retryAfterMs,
    },
  );
}

/**
 * The window that denied, when it lets nothing through before the wait is over. After any other denial there may be calls that
 * would be admitted: cheaper ones where this one cost more than a unit, any as soon as a lease is given back, and any when a shared
 * store is back that this instance had only a share of (its limit has another text).
 */
function emptyWindow({ windows }: AdmissionRequest, limit: string): WindowLimit | undefined {
  return windows.find(({ reached, cost }) => reached === limit && cost <= 1);
}

/** The tool a denial is about, when the limit is not one on everything. */
function toolOf(scope: LimitScope | undefined, message: unknown): string | undefined {
  if (scope !== 'tool' && scope !== 'tenant-tool') return undefined;
  const { params } = message as { readonly params?: { readonly name?: unknown } };
  return typeof params?.name === 'string' ? params.name : undefined;
}
