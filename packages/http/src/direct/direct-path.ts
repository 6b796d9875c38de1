import type { IncomingMessage, ServerResponse } from 'node:http';
import { denial, type Outcome, type Principal, type Tool } from '@sallyport/core';
import { Interrupter, openOutbound, toolAnswer } from '@sallyport/core/adapter';
import type { Listener } from '../limits/limit-answers.js';
import type { OfficialHandler } from '../official-handler.js';
import type { RunningCalls } from '../running-calls.js';
import { DirectAnswer } from './direct-answer.js';
import { DirectContext } from './direct-context.js';
import { directTools } from './direct-tools.js';
import { KnownEnvelopes } from './known-envelopes.js';
import { type ListFor, listAnswers } from './list-answers.js';
import { type OrdinaryRequest, ordinaryRequest } from './ordinary-request.js';
import { plainResult } from './plain-result.js';
import { metaOf } from './request-meta.js';

/** What the direct path needs to know. */
export interface DirectParts {
  readonly tools: readonly Tool[];
  readonly calls: RunningCalls;
  readonly serverInfo: object;
  /** Which tools a caller sees. Without it lists are the official handler's. */
  readonly listFor: ListFor | undefined;
  /** Whether callers are told apart, so that the official handler is told that lists are private. */
  readonly privateLists: boolean;
  readonly trustedProxies: number;
  /** Finishes what turns out to be unusual after all. */
  readonly handler: OfficialHandler;
}

const noMeta = Object.freeze({});

/**
 * Answers the message, or says `undefined` at once, before anything ran: then it is the official handler's. Resolves when the
 * answer has gone out, or nobody waits for it any more and the call has ended.
 */
export type DirectPath = (
  request: IncomingMessage,
  response: ServerResponse,
  message: unknown,
  principal: Principal,
  listener: Listener,
) => Promise<void> | undefined;

/** Answers ordinary calls and lists without the SDK, byte for byte as the official handler would, but for its event stream. */
export function directPath(parts: DirectParts): DirectPath {
  const { tools, calls, serverInfo, listFor, privateLists, trustedProxies, handler } = parts;
  const direct = directTools(tools);
  const envelopes = new KnownEnvelopes();
  const listed = listFor && listAnswers(listFor, serverInfo, privateLists);
  const written = plainResult(serverInfo);

  const call = (
    request: IncomingMessage,
    response: ServerResponse,
    message: unknown,
    principal: Principal,
    listener: Listener,
    ordinary: OrdinaryRequest,
    tool: Tool,
  ): Promise<void> => {
    const { era, id } = ordinary;
    const interruption = new Interrupter();
    let fail: (error: unknown) => void = () => {};
    const gone = new Promise<void>((resolve, reject) => {
      fail = reject;
      const closed = () => {
        // 2026-07-28: closing the stream is cancelling. In the 2025 revisions it is not, so there the call runs on.
        if (era === 'modern' && !response.writableEnded) interruption.abort();
        resolve();
      };
      // Its client may have hung up while something else was waited for.
      if (response.destroyed) closed();
      else response.on('close', closed);
    });
    const meta = metaOf(ordinary) ?? noMeta;
    const answer = new DirectAnswer(response, era);
    const { client, close } = openOutbound(meta, answer);
    const running = calls.enter({
      input: ordinary.call?.input,
      requestId: String(id),
      interruption,
      auth: principal,
      meta,
      client,
      onAdmission: listener(answer),
      sdk: new DirectContext({ request, ordinary, principal, interruption, answer, client, trustedProxies }),
    });
    const finish = (outcome: Outcome): Promise<void> => {
      calls.leave(running);
      close();
      answer.close();
      const result = 'raised' in outcome ? undefined : written(toolAnswer(outcome), era);
      if (result === undefined) {
        answer.handOver();
        const finished: Tool = { ...tool, outcome: () => outcome };
        return handler.serve(request, response, message, principal, finished);
      }
      answer.end(result, id, fail);
      return gone;
    };
    const outcome = tool.outcome(running.member);
    return outcome instanceof Promise ? outcome.then(finish) : finish(outcome);
  };

  return (request, response, message, principal, listener) => {
    const ordinary = ordinaryRequest(request.headers, message, envelopes);
    if (ordinary === undefined) return undefined;
    if (ordinary.call === undefined) {
      if (listed === undefined) return undefined;
      new DirectAnswer(response, ordinary.era).endKnown(listed(principal, ordinary.era), ordinary.id);
      return Promise.resolve();
    }
    const tool = direct[ordinary.era].get(ordinary.call.name);
    // What a caller may not call is the edge's and the official handler's to answer.
    if (tool === undefined || denial(tool.facts, principal) !== undefined) return undefined;
    return call(request, response, message, principal, listener, ordinary, tool);
  };
}
