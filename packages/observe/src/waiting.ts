import type { Call, Handler, Layer, ToolFacts } from '@sallyport/core';
import { type CallRecord, recordOf } from './call-record.js';
import type { Ended } from './outcome.js';
import type { Seen } from './seen.js';

/** The handler that the layer makes of `next`, with the time between its call and that of `next` measured. */
export function waiting<Needs, Adds, Policy, C extends Call & Needs>(
  layer: Layer<Needs, Adds, Policy>,
  next: Handler<C & Adds>,
  tool: ToolFacts & Policy,
  seen: Seen,
): Handler<C> {
  const passed = afterWait(next, seen);
  const wrapped = layer.wrap<C>(passed, tool);
  // It has nothing to do for this tool, and costs it nothing here either.
  if ((wrapped as unknown) === passed) return next as Handler<never> as Handler<C>;
  return (call) => {
    const record = recordOf(call);
    if (record !== undefined) {
      const span = seen.spans.startBelow(layer.name, record.context);
      record.waiting = { layer: layer.name, since: seen.clock.now(), span };
    }
    return wrapped(call);
  };
}

/** The layer has passed the call on: it waits no longer. */
function afterWait<C extends Call>(next: Handler<C>, seen: Seen): Handler<C> {
  return (call) => {
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
