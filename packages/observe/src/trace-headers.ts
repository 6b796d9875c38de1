import { context, trace } from '@opentelemetry/api';
import type { Call } from '@sallyport/core';
import { traceParent, traceparentOf } from './trace-parent.js';

/** Headers of W3C Trace Context. Empty, or with `traceparent` and perhaps `tracestate`. */
export type TraceHeaders = Readonly<Record<string, string>>;

/**
 * What a handler sends along with a request of its own, so that the request joins the trace of the call: the active span, where
 * there are spans, otherwise what the client sent, when it is valid. A `fetch` that OpenTelemetry instruments does it by itself.
 *
 * @example
 * ```ts
 * import type { Call } from '@sallyport/core';
 * import { traceHeaders } from '@sallyport/observe';
 *
 * const ask = (url: string, call: Call) => fetch(url, { headers: traceHeaders(call), signal: call.signal });
 * ```
 */
export function traceHeaders({ meta }: Pick<Call, 'meta'>): TraceHeaders {
  const place = trace.getSpanContext(context.active()) ?? traceParent(meta.traceparent, meta.tracestate);
  if (place === undefined) return {};
  const traceparent = traceparentOf(place);
  const tracestate = place.traceState?.serialize();
  return { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) };
}
