import type { IncomingMessage } from 'node:http';
import type { Principal } from '@sallyport/core';
import { authInfoOf } from '@sallyport/core/adapter';
import { forwardedHeaders } from '../forwarded-headers.js';
import type { Notification } from './direct-answer.js';
import type { OrdinaryRequest } from './ordinary-request.js';
import { envelopeOf, metaOf } from './request-meta.js';

/** What a call on the direct path is made of. */
export interface DirectCall {
  readonly request: IncomingMessage;
  readonly ordinary: OrdinaryRequest;
  readonly principal: Principal;
  readonly signal: AbortSignal;
  readonly notify: (notification: Notification) => void;
}

/** What the SDK's `ctx` shows of a request that it never saw. Its parts are made when they are first read: most handlers never do. */
export class DirectContext {
  readonly sessionId = undefined;
  readonly #call: DirectCall;
  #mcpReq: object | undefined;
  #http: object | undefined;

  constructor(call: DirectCall) {
    this.#call = call;
  }

  get mcpReq(): object {
    this.#mcpReq ??= mcpReq(this.#call);
    return this.#mcpReq;
  }

  get http(): object {
    this.#http ??= http(this.#call);
    return this.#http;
  }
}

function mcpReq({ ordinary, signal, notify }: DirectCall): object {
  const { id, era, meta } = ordinary;
  const send = async (notification: Notification) => notify(notification);
  return {
    id,
    method: 'tools/call',
    _meta: metaOf(ordinary),
    ...(era === 'modern' ? { envelope: envelopeOf(meta ?? {}) } : {}),
    requestState: () => undefined,
    signal,
    send: cannotAsk,
    notify: send,
    // 2026-07-28: only with a log level in the envelope, and then the request is not an ordinary one.
    log: async (level: string, data: unknown, logger?: string) =>
      era === 'modern' ? undefined : send({ method: 'notifications/message', params: { level, data, logger } }),
    elicitInput: cannotAsk,
    requestSampling: cannotAsk,
  };
}

function http({ request, principal, signal }: DirectCall): object {
  let req: Request | undefined;
  return {
    authInfo: authInfoOf(principal),
    get req() {
      req ??= new Request('http://localhost/mcp', { method: 'POST', headers: forwardedHeaders(request), signal });
      return req;
    },
    closeSSE: undefined,
    closeStandaloneSSE: undefined,
  };
}

/** Neither era can: 2026-07-28 has no requests from servers, and the 2025 revisions answer them in another request. */
function cannotAsk(): Promise<never> {
  return Promise.reject(new Error('A call without a session cannot ask its client.'));
}
