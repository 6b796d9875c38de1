import type { Call, ToolFacts } from '@sallyport/core';
import type { LeanWrap, PromptHandler } from '@sallyport/core/adapter';
import { type CallRecord, recordOf } from './call-record.js';
import type { Ended } from './outcome.js';
import type { Seen } from './seen.js';

/** The handler that the layer makes of `next`, with the time between its call and that of `next` measured. */
export function waiting(
  layer: string,
  wrap: LeanWrap,
  next: PromptHandler,
  tool: ToolFacts,
  seen: Seen,
): PromptHandler {
  const passed = afterWait(next, seen);
  const wrapped = wrap(passed, tool);
  // It has nothing to do for this tool, and costs it nothing here either.
  if (wrapped === passed) return next;
  return (call) => {
    const record = recordOf(call);
    if (record !== undefined) {
      const span = seen.spans.startBelow(layer, record.context);
      record.waiting = { layer, since: seen.clock.now(), span };
    }
    return wrapped(call);
  };
}

/** The layer has passed the call on: it waits no longer. */
function afterWait(next: PromptHandler, seen: Seen): PromptHandler {
  return (call: Call) => {
    const record = recordOf(call);
    if (record?.waiting === undefined) return next(call);
    if (record.waiting.layer === 'admit') {
      record.isAdmitted = true;
      seen.instruments.leases++;
    }
    stopWaiting(record, seen);
    return next(call);
  };
}

/** Ends the wait, when the call goes on or is refused. */
export function stopWaiting(record: CallRecord, { clock, instruments }: Seen, refused?: Ended): void {
  if (record.waiting === undefined) return;
  const { layer, since, span } = record.waiting;
  const waitedMs = clock.now() - since;
  record.waiting = undefined;
  record.queueMs += waitedMs;
  if (layer === 'admit') instruments.decided(waitedMs / 1_000);
  if (refused?.code !== undefined) span?.setAttribute('error.type', refused.code);
  span?.end();
}
