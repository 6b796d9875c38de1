import type { Call } from '../call.js';
import { type Clock, systemClock } from '../clock.js';
import { protectsHandler } from '../idempotent-policy.js';
import { interrupted } from '../interrupted.js';
import { Interrupter } from '../interrupter.js';
import type { Answered, Layer } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import { leanLayer } from '../lean-layer.js';
import { PolicyError } from '../policy-error.js';
import { timeAllowed } from '../time-allowed.js';
import { timedOut } from '../timed-out.js';
import type { ToolError } from '../tool-error.js';

/** What a tool may say for `deadline`. */
export interface DeadlinePolicy {
  /** The longest a call may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/** What `deadline` puts on the call. */
export interface WithDeadline {
  /** Milliseconds left, never negative, on the monotonic clock. */
  readonly remainingMs: () => number;
}

/**
 * Answers within the tool's time: at the deadline the caller gets `TOOL_TIMEOUT` and `signal` aborts. The time is one for the
 * call: what waiting for limits, an asynchronous schema or the store of keys took is off it when the handler begins. A handler
 * that ignores the signal goes on, and keeps the slot it holds until it settles. A phased write is past the point of no return once its
 * handler runs: it is answered on time but not aborted, so that its result can be stored for the retry. A transactional one
 * is aborted, and undone.
 *
 * @example
 * ```ts
 * import { createStack, deadline } from '@sallyport/core';
 *
 * createStack().use(deadline(5_000));
 * ```
 */
export function deadline(
  timeoutMs: number = 30_000,
  clock: Clock = systemClock,
): Layer<unknown, WithDeadline, DeadlinePolicy> {
  return leanLayer<unknown, WithDeadline, DeadlinePolicy>({
    name: 'deadline',
    fields: ['timeoutMs'],
    policy(tool) {
      const own = tool.timeoutMs ?? timeoutMs;
      if (!Number.isFinite(own) || own <= 0 || own > 2 ** 31 - 1) {
        throw new PolicyError(tool.name, 'timeoutMs', 'must be a positive number of milliseconds');
      }
      return { timeoutMs: own };
    },
    wrap: (next, tool) => {
      const maximum = tool.timeoutMs ?? timeoutMs;
      const aborts = !protectsHandler(tool);
      return (call) => {
        const outer = LeanCall.interruptionOf(call);
        if (outer.aborted) throw interrupted(outer);
        const allowed = timeAllowed(maximum, call.meta);
        const leftMs = Math.min(allowed, timeAlreadyRuns(call) ? call.remainingMs() : allowed);
        const end = clock.now() + leftMs;
        const inner = new Interrupter();
        const remainingMs = () => Math.max(0, end - clock.now());
        const assertGoesOn = () => {
          if (!outer.aborted) return;
          const error = interrupted(outer);
          inner.abort(error);
          throw error;
        };
        let rest: Answered;
        try {
          rest = next(LeanCall.passOnUnder(inner, call, { remainingMs }));
        } catch (error) {
          assertGoesOn();
          throw error;
        }
        if (!(rest instanceof Promise)) {
          assertGoesOn();
          return rest;
        }
        const waits = rest;
        return new Promise((resolve, reject) => {
          let open = true;
          const close = () => {
            open = false;
            clock.clearTimeout(timer);
            outer.unlisten(onAbort);
          };
          const giveUp = (error: ToolError, abort: boolean) => {
            if (!open) return;
            close();
            call.work.detach(waits);
            reject(error);
            if (abort) inner.abort(error);
          };
          const onAbort = () => giveUp(interrupted(outer), true);
          const timer = clock.setTimeout(() => giveUp(timedOut(tool, call, allowed), aborts), leftMs);
          outer.listen(onAbort);
          // What aborted while the handler ran its first stretch sent its event before anybody listened.
          if (outer.aborted) onAbort();
          waits.then(
            (result) => {
              if (open) close();
              resolve(result);
            },
            (error: unknown) => {
              if (open) close();
              reject(error);
            },
          );
        });
      };
    },
  });
}

/** Whether a layer further out has begun to count; then the shorter time holds. */
function timeAlreadyRuns(call: Call & Partial<WithDeadline>): call is Call & WithDeadline {
  return call.remainingMs !== undefined;
}
