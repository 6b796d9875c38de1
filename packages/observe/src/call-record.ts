import type { Context, Span, SpanContext } from '@opentelemetry/api';
import type { Call } from '@sallyport/core';

/** What telemetry keeps of one call while it runs. */
export interface CallRecord {
  readonly began: number;
  /** Milliseconds spent in layers that wait. */
  queueMs: number;
  /** The layer that waits now, and since when. */
  waiting: { readonly layer: string; readonly since: number; readonly span: Span | undefined } | undefined;
  /** Whether it passed admission, and holds what it was given until it settles. */
  isAdmitted: boolean;
  readonly span: Span | undefined;
  /** What the spans below belong to; only with a span. */
  readonly context: Context | undefined;
  /** Where the call belongs when there is no span: what the client sent. */
  readonly parent: SpanContext | undefined;
}

/** What `observe` puts on the call. */
export interface WithRecord {
  readonly observed: CallRecord;
}

/** The record of the call; `undefined` for a call that came past `observe`. */
export function recordOf(call: Call & Partial<WithRecord>): CallRecord | undefined {
  return call.observed;
}
