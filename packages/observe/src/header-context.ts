import type { SpanContext } from '@opentelemetry/api';
import { headerOf } from '@sallyport/core/adapter';
import { traceParent } from './trace-parent.js';

/** The trace context in the headers of the HTTP request that a call came with, as either generation of the SDK hands them on. */
export function headerContext(sdk: unknown): SpanContext | undefined {
  return traceParent(headerOf(sdk, 'traceparent'), headerOf(sdk, 'tracestate'));
}
