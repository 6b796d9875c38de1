import { context as active, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ToolFacts } from '@sallyport/core';
import type { Answered, LeanWrap, PromptHandler } from '@sallyport/core/adapter';
import { recordOf } from './call-record.js';
import type { Seen } from './seen.js';

/** The innermost layer, with what is below it, the handler, under a span of its own: what its queries and requests belong to. */
export function underSpan(wrap: LeanWrap, next: PromptHandler, tool: ToolFacts, { spans }: Seen): PromptHandler {
  return wrap((call) => {
    const record = recordOf(call);
    const span = spans.startBelow('handler', record?.context);
    if (record?.context === undefined || span === undefined) return next(call);
    let answer: Answered;
    try {
      answer = active.with(trace.setSpan(record.context, span), () => next(call));
    } catch (thrown) {
      endFailed(span);
      throw thrown;
    }
    if (answer instanceof Promise) {
      answer.then(
        () => span.end(),
        () => endFailed(span),
      );
    } else span.end();
    return answer;
  }, tool);
}

function endFailed(span: Span): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
