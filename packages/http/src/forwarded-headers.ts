import type { IncomingMessage } from 'node:http';

/** Only what the protocol reads goes further: neither handlers nor logs can leak credentials they never see. */
const forwarded = /^(?:content-type|user-agent|traceparent|tracestate|baggage|mcp-.+)$/;

/** The headers of a request as the SDK and handlers see them. */
export function forwardedHeaders({ headers }: IncomingMessage): Headers {
  // Which media types the client takes was decided at the edge, wildcards included; the SDK knows no wildcards.
  const result = new Headers({ Accept: 'application/json, text/event-stream' });
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && forwarded.test(name)) result.set(name, value);
  }
  return result;
}
