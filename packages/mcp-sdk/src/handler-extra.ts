import type { Call } from '@sallyport/core';
import { redactedSends } from '@sallyport/core/adapter';
import type { Extra } from './incoming.js';

/**
 * The SDK's `extra` for the handler of a call: with the signal of the call, which aborts at the deadline as well, and for a
 * phased write not when the client goes away; and, where answers are redacted, with what is sent through it redacted likewise.
 * Everything else is the SDK's own.
 */
export function handlerExtra(extra: Extra, { signal, client }: Pick<Call, 'signal' | 'client'>): Extra {
  const sends = redactedSends(client);
  if (sends === undefined) return { ...extra, signal };
  return {
    ...extra,
    signal,
    sendNotification: (notification, ...rest) => extra.sendNotification(sends.notification(notification), ...rest),
    sendRequest: (request, ...rest) => extra.sendRequest(sends.request(request), ...rest),
  };
}
