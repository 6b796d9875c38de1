import type { IncomingMessage } from 'node:http';
import { isTraceValue } from './trace-context.js';

/** Only what the protocol reads goes further: neither handlers nor logs can leak credentials they never see. */
const forwarded = /^(?:content-type|user-agent|traceparent|tracestate|baggage|last-event-id|mcp-.+)$/;

/** The request as the official transports read it. Its body goes with it, parsed, in another way. */
export function forwardedRequest({ headers }: IncomingMessage, method: 'POST' | 'GET', signal?: AbortSignal): Request {
  // Which media types the client takes was decided at the edge, wildcards included; the SDK knows no wildcards.
  const result = new Headers({ Accept: 'application/json, text/event-stream' });
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && forwarded.test(name) && isTraceValue(name, value)) result.set(name, value);
  }
  return new Request('http://localhost/mcp', { method, headers: result, ...(signal === undefined ? {} : { signal }) });
}
