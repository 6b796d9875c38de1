import { context as active, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Call, Handler, Layer, ToolFacts } from '@sallyport/core';
import { recordOf } from './call-record.js';
import type { Seen } from './seen.js';

/** The innermost layer, with what is below it, the handler, under a span of its own: what its queries and requests belong to. */
export function underSpan<Needs, Adds, Policy, C extends Call & Needs>(
  layer: Layer<Needs, Adds, Policy>,
  next: Handler<C & Adds>,
  tool: ToolFacts & Policy,
  { spans }: Seen,
): Handler<C> {
  return layer.wrap<C>((call) => {
    const record = recordOf(call);
    const span = spans.startBelow('handler', record?.context);
    if (record?.context === undefined || span === undefined) return next(call);
    const answer = active.with(trace.setSpan(record.context, span), () => next(call));
    answer.then(
      () => span.end(),
      () => endFailed(span),
    );
    return answer;
  }, tool);
}

function endFailed(span: Span): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
