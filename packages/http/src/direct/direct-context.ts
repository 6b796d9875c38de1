import type { IncomingMessage } from 'node:http';
import type { Outbound, Principal } from '@sallyport/core';
import { authInfoOf, governedNotify, type Interrupter, type Peer, peer, requestHeader } from '@sallyport/core/adapter';
import { cannotBeAsked } from '@sallyport/mcp-server/host';
import { clientPeer } from '../client-address.js';
import { forwardedHeader, forwardedRequest } from '../forwarded-request.js';
import { noWayBack } from '../refuse-client-requests.js';
import type { DirectAnswer, Notification } from './direct-answer.js';
import type { OrdinaryRequest } from './ordinary-request.js';
import { envelopeOf, metaOf } from './request-meta.js';

/** What a call on the direct path is made of. */
export interface DirectCall {
  readonly request: IncomingMessage;
  readonly ordinary: OrdinaryRequest;
  readonly principal: Principal;
  readonly interruption: Interrupter;
  readonly answer: DirectAnswer;
  readonly client: Outbound;
  readonly trustedProxies: number;
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

  get [peer](): Peer {
    return clientPeer(this.#call.request, this.#call.trustedProxies);
  }

  /** For what needs a header and no web `Request`: the line that is logged for every call. */
  [requestHeader](name: string): string | undefined {
    return forwardedHeader(this.#call.request, name);
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

function mcpReq({ ordinary, interruption, answer, client }: DirectCall): object {
  const { id, era, meta } = ordinary;
  const send = async (notification: Notification) => answer.notify(notification);
  // Neither era can ask: 2026-07-28 has no requests from servers, and the 2025 revisions answer them in another request. What a
  // client of theirs declares is not known here.
  const cannotElicit = () => Promise.reject(cannotBeAsked());
  const cannotAsk = era === 'modern' ? cannotElicit : () => Promise.reject(noWayBack());
  return {
    id,
    method: 'tools/call',
    _meta: metaOf(ordinary),
    ...(era === 'modern' ? { envelope: envelopeOf(meta ?? {}) } : {}),
    requestState: () => undefined,
    signal: interruption.signal,
    send: cannotAsk,
    // What is sent by hand obeys the rules of what is sent through the client.
    notify: governedNotify(send as never, client),
    log: answer.log.bind(answer),
    elicitInput: cannotElicit,
    requestSampling: cannotAsk,
  };
}

function http({ request, principal, interruption, trustedProxies }: DirectCall): object {
  let req: Request | undefined;
  return {
    authInfo: authInfoOf(principal),
    get req() {
      req ??= forwardedRequest(request, 'POST', trustedProxies, interruption.signal);
      return req;
    },
    closeSSE: undefined,
    closeStandaloneSSE: undefined,
  };
}
