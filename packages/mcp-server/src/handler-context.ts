import type { ServerContext } from '@modelcontextprotocol/server';
import type { Call } from '@sallyport/core';
import { redactedSends } from '@sallyport/core/adapter';

/**
 * The SDK's `ctx` for the handler of a call: with the signal of the call, which aborts at the deadline as well, and for a phased
 * write not when the client goes away; and, where answers are redacted, with what is sent through it redacted likewise.
 * Everything else is the SDK's own.
 */
export function handlerContext(ctx: ServerContext, { signal, client }: Pick<Call, 'signal' | 'client'>): ServerContext {
  const { mcpReq } = ctx;
  const sends = redactedSends(client);
  if (sends === undefined) return { ...ctx, mcpReq: { ...mcpReq, signal } };
  return {
    ...ctx,
    mcpReq: {
      ...mcpReq,
      signal,
      send: ((request: { method: string }, ...rest: []) =>
        mcpReq.send(sends.request(request) as never, ...rest)) as typeof mcpReq.send,
      notify: (notification, ...rest) => mcpReq.notify(sends.notification(notification), ...rest),
      log: (level, data, logger) => mcpReq.log(level, sends.data(data), sends.params(logger)),
      elicitInput: (params, ...rest) => mcpReq.elicitInput(sends.params(params), ...rest),
      requestSampling: (params, ...rest) => mcpReq.requestSampling(sends.params(params), ...rest),
    },
  };
}
