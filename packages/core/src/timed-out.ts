import type { Call } from './call.js';
import { idempotencyOf } from './idempotent-policy.js';
import { isWrite } from './layers/authorize.js';
import { ToolError } from './tool-error.js';
import type { ToolFacts } from './tool-facts.js';
import type { WithInput } from './with-input.js';

/** For a call whose time is over. A write without a key must not be repeated: nothing would recognise the repeat. */
export function timedOut(tool: ToolFacts, call: Call & Partial<WithInput>, allowedMs: number): ToolError {
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
  const seconds = allowedMs / 1000;
  const message = `${tool.name} did not finish within ${seconds} ${seconds === 1 ? 'second' : 'seconds'}. ${advice}`;
  return new ToolError('TOOL_TIMEOUT', message, { retryable });
}
