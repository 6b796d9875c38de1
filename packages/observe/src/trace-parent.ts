import { createTraceState, isSpanContextValid, type SpanContext } from '@opentelemetry/api';

const pattern = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const maxStateLength = 512;

/**
 * The context that a `traceparent` and a `tracestate` name (W3C Trace Context, level 1); `undefined` for anything that is not
 * valid, whoever sent it.
 */
export function traceParent(traceparent: unknown, tracestate?: unknown): SpanContext | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > 128) return undefined;
  const [, traceId, spanId, flags, more] = pattern.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (more !== undefined && traceparent.startsWith('00')) return undefined;
  const context: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(typeof tracestate === 'string' && tracestate.length <= maxStateLength
      ? { traceState: createTraceState(tracestate) }
      : {}),
  };
  return isSpanContextValid(context) ? context : undefined;
}

/** The other way round; `undefined` for a context that is none. */
export function traceparentOf(context: SpanContext): string | undefined {
  if (!isSpanContextValid(context)) return undefined;
  const flags = (context.traceFlags & 0xff).toString(16).padStart(2, '0');
  return `00-${context.traceId}-${context.spanId}-${flags}`;
}
