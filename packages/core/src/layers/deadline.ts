import type { Call } from '../call.js';
import { type Clock, systemClock } from '../clock.js';
import { idempotencyOf, protectsHandler } from '../idempotent-policy.js';
import { interrupted } from '../interrupted.js';
import { Interrupter } from '../interrupter.js';
import { type Layer, lean } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import { PolicyError } from '../policy-error.js';
import { shorterOf } from '../time-allowed.js';
import { ToolError } from '../tool-error.js';
import type { ToolFacts } from '../tool-facts.js';
import type { WithInput } from '../with-input.js';
import { isWrite } from './authorize.js';

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
 * Answers within the tool's time: at the deadline the caller gets `TOOL_TIMEOUT` and `signal` aborts. A handler that ignores
 * the signal goes on, and keeps the slot it holds until it settles. A phased write is past the point of no return once its
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
  return {
    name: 'deadline',
    [lean]: true,
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
        if (outer.aborted) return Promise.reject(interrupted(outer));
        const allowed = shorterOf(maximum, call.meta);
        const leftMs = Math.min(allowed, timeAlreadyRuns(call) ? call.remainingMs() : allowed);
        const end = clock.now() + leftMs;
        const inner = new Interrupter();
        const remainingMs = () => Math.max(0, end - clock.now());
        const rest = next(LeanCall.passOnUnder(inner, call, { remainingMs }));
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
            call.work.detach(rest);
            reject(error);
            if (abort) inner.abort(error);
          };
          const onAbort = () => giveUp(interrupted(outer), true);
          const timer = clock.setTimeout(() => giveUp(timedOut(tool, call, allowed), aborts), leftMs);
          outer.listen(onAbort);
          // What aborted while the handler ran its first stretch sent its event before anybody listened.
          if (outer.aborted) onAbort();
          rest.then(
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
  };
}

/** Whether a layer further out has begun to count; then the shorter time holds. */
function timeAlreadyRuns(call: Call & Partial<WithDeadline>): call is Call & WithDeadline {
  return call.remainingMs !== undefined;
}

/** A write without a key must not be repeated: nothing would recognise the repeat. */
function timedOut(tool: ToolFacts, call: Call & Partial<WithInput>, allowedMs: number): ToolError {
  const undone = idempotencyOf(tool)?.effects === 'transactional';
  const retryable = !isWrite(tool) || undone || call.idempotencyKey !== undefined;
  const advice = !isWrite(tool)
    ? 'Ask for less, or try again later.'
    : undone
      ? 'Nothing was changed. Try again later.'
      : `Whether it takes effect is not known yet. ${
          retryable
            ? 'Repeat the call with the same idempotency key to get its result.'
            : 'It had no idempotency key: check the effect before repeating it.'
        }`;
  const message = `${tool.name} did not finish within ${allowedMs / 1000} seconds. ${advice}`;
  return new ToolError('TOOL_TIMEOUT', message, { retryable });
}
