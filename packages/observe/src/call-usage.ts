import type { Call, ToolFacts, UsageMeter } from '@sallyport/core';
import type { CallRecord } from './call-record.js';
import type { CallSize } from './call-size.js';
import { type LoggedTool, unitsOf } from './log-line.js';
import type { Ended } from './outcome.js';

/** Counts what the calls of one tool took. */
export interface CallUsage {
  /** A call that was answered: when it passed admission, or nothing watches that and it was not refused. */
  answered(call: Call, record: CallRecord, ended: Ended, ms: number, size: CallSize): void;
  /** A handler that ran on after its answer has settled, so much later. */
  settled(call: Call, record: CallRecord, laterMs: number): void;
}

const refused: ReadonlySet<string> = new Set(['rate_limited', 'denied', 'shed']);

export function callUsage(meter: UsageMeter, facts: ToolFacts, tool: LoggedTool, watchesAdmission: boolean): CallUsage {
  const { fallback } = (facts.policy.tenant ?? {}) as { readonly fallback?: string };
  const count = meter.tool(facts.name, fallback);
  const isCounted = ({ isAdmitted }: CallRecord, status?: string) =>
    watchesAdmission ? isAdmitted : status === undefined || !refused.has(status);
  return {
    answered(call, record, { status }, ms, { input, output }) {
      if (!isCounted(record, status)) return;
      count(call.auth, {
        calls: 1,
        handlerMs: ms - record.queueMs,
        inputTokens: input.tokens,
        outputTokens: output?.tokens ?? 0,
        cost: unitsOf(tool, call),
      });
    },
    settled(call, record, laterMs) {
      if (isCounted(record))
        count(call.auth, { calls: 0, handlerMs: laterMs, inputTokens: 0, outputTokens: 0, cost: 0 });
    },
  };
}
