import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomId, ToolError } from '@sallyport/core';
import { Refused, send } from './answer.js';
import { ClientGone } from './body.js';
import { closeWithConnection } from './close-with-connection.js';
import { isPreflight, preflight, setCorsHeaders } from './cors.js';
import type { Drain } from './drain.js';
import type { HostRule } from './host-header.js';
import { describe, type Log } from './log.js';
import type { OriginRule } from './origin.js';
import { refused } from './refusals.js';
import { hostOf, pathOf } from './request-target.js';
import type { Route } from './routes.js';
import { typedAnswer } from './rpc-error.js';
import { assertSingleHeaders } from './single-headers.js';

/** What every request passes on its way to a route. */
export interface ListenerParts {
  readonly routes: ReadonlyMap<string, Route>;
  readonly origins: OriginRule;
  readonly hosts: HostRule;
  readonly drain: Drain;
  readonly log: Log;
}

/** Answers every request: the one place where an error becomes an answer, so nothing internal is ever in one. */
export function listener({ routes, origins, hosts, drain, log }: ListenerParts) {
  const routed = (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (drain.refusing) response.shouldKeepAlive = false;
    assertSingleHeaders(request);
    const { origin, host } = request.headers;
    if (!origins(origin)) throw refused('origin_not_allowed');
    if (origin !== undefined) setCorsHeaders(origin, response);
    const route = routes.get(pathOf(request.url));
    if (route?.anyHost !== true && !hosts(hostOf(request.url, host))) throw refused('host_not_allowed');
    if (route === undefined) throw refused('not_found');
    const allowed = () => route.methods.join(', ');
    if (isPreflight(request)) {
      send(response, { status: 204, headers: preflight(request, allowed()) });
      return Promise.resolve();
    }
    if (!route.methods.includes(request.method ?? '')) throw refused('method_not_allowed', { Allow: allowed() });
    return route.handle(request, response);
  };
  const failed = (response: ServerResponse, error: unknown): void => {
    if (error instanceof ClientGone) response.destroy();
    else if (error instanceof Refused) send(response, error.answer);
    else {
      const errorId = randomId();
      log({ level: 'error', event: 'fault', errorId, ...describe(error) });
      if (response.headersSent) response.destroy();
      else send(response, typedAnswer(ToolError.from(error), null, errorId));
    }
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    // A client that goes away while it is written to is no news, and without a listener it would end the process.
    response.on('error', ignore);
    closeWithConnection(request, response);
    try {
      routed(request, response).catch((error: unknown) => failed(response, error));
    } catch (error) {
      failed(response, error);
    }
  };
}

const ignore = () => {};
