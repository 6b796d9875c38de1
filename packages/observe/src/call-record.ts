import { context as active, type Context, type Span, type SpanContext, trace } from '@opentelemetry/api';
import type { Call, Watch } from '@sallyport/core';
import type { Seen } from './seen.js';

/** What telemetry keeps of one call while it runs. */
export class CallRecord implements Watch {
  readonly began: number;
  /** Milliseconds spent in layers that wait, and in what they and the handler wait for below. */
  queueMs = 0;
  /** The layer that waits now, and since when. */
  waiting: { readonly layer: string; readonly since: number; readonly span: Span | undefined } | undefined;
  /** Whether it passed admission, and holds what it was given until it settles. */
  isAdmitted = false;
  readonly span: Span | undefined;
  /** What the spans below belong to; only with a span. */
  readonly context: Context | undefined;
  /** Where the call belongs when there is no span: what the client sent. */
  readonly parent: SpanContext | undefined;
  readonly #seen: Seen;

  constructor(
    seen: Seen,
    traced: { readonly span: Span; readonly context: Context } | undefined,
    parent: SpanContext | undefined,
  ) {
    this.#seen = seen;
    this.began = seen.clock.now();
    this.span = traced?.span;
    this.context = traced?.context;
    this.parent = parent;
  }

  async wait<T>(name: string, run: () => Promise<T>): Promise<T> {
    // A layer that waits is measured whole.
    if (this.waiting !== undefined) return run();
    const { clock, spans } = this.#seen;
    const above = active.active();
    const span = spans.startBelow(name, trace.getSpan(above) === undefined ? this.context : this.context && above);
    const since = clock.now();
    try {
      return await run();
    } finally {
      this.queueMs += clock.now() - since;
      span?.end();
    }
  }
}

/** What `observe` puts on the call. */
export interface WithRecord {
  readonly watch: CallRecord;
}

/** The record of the call; `undefined` for a call that came past `observe`. */
export function recordOf({ watch }: Pick<Call, 'watch'>): CallRecord | undefined {
  return watch instanceof CallRecord ? watch : undefined;
}
