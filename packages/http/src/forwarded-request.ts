import type { IncomingMessage } from 'node:http';
import { peer } from '@sallyport/core/adapter';
import { clientPeer } from './client-address.js';
import { isTraceValue } from './trace-context.js';

/** Only what the protocol reads goes further: neither handlers nor logs can leak credentials they never see. */
const forwarded = /^(?:content-type|user-agent|traceparent|tracestate|baggage|last-event-id|mcp-.+)$/;

/** A header of the request that may go further. The name is in lower case. */
export function forwardedHeader({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && forwarded.test(name) && isTraceValue(name, value) ? value : undefined;
}

/** The request as the official transports read it. Its body goes with it, parsed, in another way; who sent it is kept beside it. */
export function forwardedRequest(
  request: IncomingMessage,
  method: 'POST' | 'GET',
  trustedProxies: number,
  signal?: AbortSignal,
): Request {
  // Which media types the client takes was decided at the edge, wildcards included; the SDK knows no wildcards.
  const headers = new Headers({ Accept: 'application/json, text/event-stream' });
  for (const name in request.headers) {
    const value = forwardedHeader(request, name);
    if (value !== undefined) headers.set(name, value);
  }
  const made = new Request('http://localhost/mcp', { method, headers, ...(signal === undefined ? {} : { signal }) });
  return Object.assign(made, { [peer]: clientPeer(request, trustedProxies) });
}
