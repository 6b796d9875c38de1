import type { SpanContext } from '@opentelemetry/api';
import { traceParent } from './trace-parent.js';

/** The trace context in the headers of the HTTP request that a call came with, as either generation of the SDK hands them on. */
export function headerContext(sdk: unknown): SpanContext | undefined {
  const { http, requestInfo } = (sdk ?? {}) as Carrier;
  const headers = http?.req?.headers;
  if (headers !== undefined) return traceParent(headers.get('traceparent'), headers.get('tracestate'));
  return traceParent(requestInfo?.headers?.traceparent, requestInfo?.headers?.tracestate);
}

interface Carrier {
  readonly http?: { readonly req?: { readonly headers?: Pick<Headers, 'get'> } };
  readonly requestInfo?: { readonly headers?: Readonly<Record<string, unknown>> };
}
