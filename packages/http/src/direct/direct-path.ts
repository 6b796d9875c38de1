import type { IncomingMessage, ServerResponse } from 'node:http';
import { denial, type Principal, type Tool } from '@sallyport/core';
import { dispatch, toolAnswer } from '@sallyport/core/adapter';
import type { Hearing } from '../limits/hearing.js';
import type { OfficialHandler } from '../official-handler.js';
import { DirectAnswer, type Notification } from './direct-answer.js';
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
  readonly serverInfo: object;
  /** Which tools a caller sees. Without it lists are the official handler's. */
  readonly listFor: ListFor | undefined;
  readonly hearing: Hearing;
  /** Finishes what turns out to be unusual after all. */
  readonly handler: OfficialHandler;
}

/**
 * Answers the message, or says `undefined` at once, before anything ran: then it is the official handler's. Resolves when the
 * answer has gone out, or nobody waits for it any more and the call has ended.
 */
export type DirectPath = (
  request: IncomingMessage,
  response: ServerResponse,
  message: unknown,
  principal: Principal,
) => Promise<void> | undefined;

/** Answers ordinary calls and lists without the SDK, byte for byte as the official handler would, but for its event stream. */
export function directPath({ tools, serverInfo, listFor, hearing, handler }: DirectParts): DirectPath {
  const direct = directTools(tools);
  const envelopes = new KnownEnvelopes();
  const listed = listFor && listAnswers(listFor, serverInfo);
  const written = plainResult(serverInfo);

  const call = async (
    request: IncomingMessage,
    response: ServerResponse,
    message: unknown,
    principal: Principal,
    ordinary: OrdinaryRequest,
    tool: Tool,
  ): Promise<void> => {
    const { era, id } = ordinary;
    const disconnect = new AbortController();
    const gone = new Promise<void>((resolve) => {
      response.once('close', () => {
        // 2026-07-28: closing the stream is cancelling. In the 2025 revisions it is not, so there the call runs on.
        if (era === 'modern' && !response.writableFinished) disconnect.abort();
        resolve();
      });
    });
    const answer = new DirectAnswer(response);
    const notify = (notification: Notification) => answer.notify(notification);
    const { signal } = disconnect;
    const sdk = new DirectContext({ request, ordinary, principal, signal, notify });
    const outcome = await dispatch(
      tool,
      {
        input: ordinary.call?.input,
        id,
        signal,
        meta: metaOf(ordinary),
        authInfo: undefined,
        sdk,
        onAdmission: hearing.of(request),
        govern: (client) => sdk.govern(client),
        progress: async (params) => notify({ method: 'notifications/progress', params }),
        log: async (level, data) => {
          if (era === 'legacy') notify({ method: 'notifications/message', params: { level, data } });
        },
      },
      { principal },
    );
    answer.close();
    const result = 'raised' in outcome ? undefined : written(toolAnswer(outcome), era);
    if (result === undefined) {
      const finished: Tool = { ...tool, outcome: () => Promise.resolve(outcome) };
      return handler.serve(request, response, message, principal, finished);
    }
    answer.end(result, id);
    await gone;
  };

  return (request, response, message, principal) => {
    const ordinary = ordinaryRequest(request.headers, message, envelopes);
    if (ordinary === undefined) return undefined;
    if (ordinary.call === undefined) {
      if (listed === undefined) return undefined;
      new DirectAnswer(response).end(listed(principal, ordinary.era), ordinary.id);
      return Promise.resolve();
    }
    const tool = direct[ordinary.era].get(ordinary.call.name);
    // What a caller may not call is the edge's and the official handler's to answer.
    if (tool === undefined || denial(tool.facts, principal) !== undefined) return undefined;
    return call(request, response, message, principal, ordinary, tool);
  };
}
