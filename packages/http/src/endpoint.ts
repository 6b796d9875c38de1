import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, type OnRefusal, type Principal, ToolError, type ToolFacts } from '@sallyport/core';
import { Refused } from './answer.js';
import { assertArguments } from './assert-arguments.js';
import { assertEnvelope, assertUnknownToolArguments } from './assert-envelope.js';
import { type BodiesHeld, readBody } from './body.js';
import { cancelledId } from './cancelled-id.js';
import type { DirectPath } from './direct/direct-path.js';
import type { Drain } from './drain.js';
import type { EdgeAuth } from './edge-auth.js';
import type { EndpointAddress } from './endpoint-address.js';
import { eraOf, routeOf } from './era.js';
import { parseMessage } from './json-text.js';
import type { LimitAnswers } from './limits/limit-answers.js';
import type { Log } from './log.js';
import { assertMediaTypes } from './media-types.js';
import type { ToolFinder } from './named-tool.js';
import type { OfficialHandler } from './official-handler.js';
import { rpcId, typedAnswer } from './rpc-error.js';
import type { RunningCalls } from './running-calls.js';
import type { LegacySessions } from './sessions/legacy-sessions.js';
import { isSubscription, type Subscriptions } from './subscriptions.js';
import { dropMalformedTrace } from './trace-context.js';
import { unknownTool } from './unknown-tool.js';

/** What the MCP endpoint is made of. */
export interface EndpointParts {
  readonly auth: EdgeAuth;
  readonly find: ToolFinder;
  readonly handler: OfficialHandler;
  /** Where messages of the 2025 era go when the host keeps sessions. */
  readonly sessions: LegacySessions | undefined;
  readonly subscriptions: Subscriptions;
  readonly calls: RunningCalls;
  /** Takes what is ordinary past the official handler. */
  readonly direct?: DirectPath | undefined;
  readonly limits: LimitAnswers;
  /** Whether a tool that is hidden from its caller is unknown further in as well; otherwise its layers answer, and tell of it. */
  readonly hides: boolean;
  readonly onRefusal: OnRefusal;
  readonly log: Log;
  readonly drain: Drain;
  readonly maxBodyBytes: number;
  readonly bodies: BodiesHeld;
  readonly clock: Clock;
}

/** Answers one request to the endpoint at that address. */
export type Endpoint = (request: IncomingMessage, response: ServerResponse, address: EndpointAddress) => Promise<void>;

/**
 * The MCP endpoint. The order is the contract: who calls (401), is it a message (4xx), may this caller run what it names
 * (403), and only then the protocol, the limits and the tool.
 */
export function endpoint(parts: EndpointParts): Endpoint {
  const { auth, find, handler, sessions, subscriptions, calls, direct, limits, hides, onRefusal, log } = parts;
  const { drain, maxBodyBytes, bodies, clock } = parts;
  const assertServing = () => {
    if (drain.refusing) throw new Refused(typedAnswer(new ToolError('SHUTTING_DOWN', shuttingDown)));
  };
  return async (request, response, address) => {
    const arrivedAt = clock.now();
    let principal: Principal;
    try {
      principal = await auth.authenticate(request, address);
    } catch (error) {
      throw auth.refused(error, request, address);
    }
    assertMediaTypes(request);
    const body = await readBody(request, maxBodyBytes, bodies);
    limits.turnAway(request, body, principal, find);
    const message = parseMessage(body);
    assertEnvelope(message, body.length);
    dropMalformedTrace(message);
    const tool = find(message);
    let hidden: ToolFacts | undefined;
    if (tool !== undefined) {
      const era = () => eraOf(request, message);
      const decided = auth.authorize(tool, principal, address.metadataUrl, era, rpcId(message));
      if (decided === 'hidden') hidden = tool.facts;
      else if (decided !== undefined) await decided;
    }
    assertArguments(message);
    assertServing();
    const leave = isSubscription(message) ? subscriptions.enter(principal, rpcId(message)) : drain.enter();
    try {
      const exchange = { request, response, message, principal, arrivedAt };
      if (hides && hidden !== undefined) onRefusal({ code: 'INSUFFICIENT_SCOPE', principal, tool: hidden });
      if (tool === undefined) {
        unknownTool(message, principal, log, onRefusal);
        assertUnknownToolArguments(message);
      }
      if (sessions !== undefined && routeOf(request, message) === 'legacy') {
        limits.listen(exchange);
        await sessions.post(request, response, message, principal);
        return;
      }
      const answered = direct?.(request, response, message, principal, limits.listener(exchange));
      if (answered !== undefined) {
        await answered;
        return;
      }
      limits.listen(exchange);
      const cancelled = cancelledId(message);
      if (cancelled !== undefined) calls.cancel(principal, cancelled);
      await handler.serve(request, response, message, principal);
    } finally {
      leave();
    }
  };
}

const shuttingDown = 'This instance is shutting down. Repeat the request; another one answers it.';
