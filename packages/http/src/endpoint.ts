import type { IncomingMessage, ServerResponse } from 'node:http';
import { ToolError } from '@sallyport/core';
import { Refused } from './answer.js';
import { readBody } from './body.js';
import type { DirectPath } from './direct/direct-path.js';
import type { Drain } from './drain.js';
import type { EdgeAuth } from './edge-auth.js';
import { eraOf } from './era.js';
import { parseMessage } from './json-text.js';
import { assertMediaTypes } from './media-types.js';
import type { ToolFinder } from './named-tool.js';
import type { OfficialHandler } from './official-handler.js';
import { rpcId, typedAnswer } from './rpc-error.js';

/** What the MCP endpoint is made of. */
export interface EndpointParts {
  readonly auth: EdgeAuth;
  readonly find: ToolFinder;
  readonly handler: OfficialHandler;
  /** Takes what is ordinary past the official handler. */
  readonly direct?: DirectPath | undefined;
  readonly drain: Drain;
  readonly maxBodyBytes: number;
}

/** Answers one POST. `metadataUrl` is where the metadata of the endpoint that was called is found. */
export type Endpoint = (request: IncomingMessage, response: ServerResponse, metadataUrl: string) => Promise<void>;

/**
 * The MCP endpoint. The order is the contract: who calls (401), is it a message (4xx), may this caller run what it names
 * (403), and only then the protocol, the limits and the tool.
 */
export function endpoint({ auth, find, handler, direct, drain, maxBodyBytes }: EndpointParts): Endpoint {
  const assertServing = () => {
    if (drain.refusing) throw new Refused(typedAnswer(new ToolError('SHUTTING_DOWN', shuttingDown)));
  };
  return async (request, response, metadataUrl) => {
    assertServing();
    const principal = await auth.authenticate(request.headers.authorization, metadataUrl);
    assertMediaTypes(request);
    const message = parseMessage(await readBody(request, maxBodyBytes));
    const tool = find(message);
    if (tool !== undefined) auth.authorize(tool, principal, metadataUrl, () => eraOf(request, message), rpcId(message));
    assertServing();
    const leave = isSubscription(message) ? () => {} : drain.enter();
    try {
      await (direct?.(request, response, message, principal) ?? handler.serve(request, response, message, principal));
    } finally {
      leave();
    }
  };
}

const shuttingDown = 'This instance is shutting down. Repeat the request; another one answers it.';

/** A stream that has no end of its own must not hold up a drain. */
function isSubscription(message: unknown): boolean {
  return (message as { readonly method?: unknown } | null)?.method === 'subscriptions/listen';
}
