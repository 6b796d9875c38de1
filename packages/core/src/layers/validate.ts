import type { ZodType } from 'zod';
import type { Call } from '../call.js';
import { type Clock, systemClock } from '../clock.js';
import { idempotencyKeyOf } from '../idempotency-key.js';
import { issuesText } from '../issues-text.js';
import { findExcess } from '../json-bounds.js';
import type { Layer, PromptHandler } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import { leanLayer } from '../lean-layer.js';
import { mayBeAsync } from '../may-be-async.js';
import type { Redact } from '../redact-texts.js';
import { settledWithin } from '../settled-within.js';
import type { StandardIssue } from '../standard-schema.js';
import { timeLeft } from '../time-allowed.js';
import { ToolError } from '../tool-error.js';
import type { ToolFacts } from '../tool-facts.js';
import type { WithInput } from '../with-input.js';

/** How large arguments may be, whatever the schema says. */
export interface ValidateOptions {
  /** Nesting at most. Default 32. */
  readonly maxDepth?: number;
  /** Array elements and object members at most, in all. Default 10,000. */
  readonly maxElements?: number;
}

/**
 * Parses the arguments with the tool's schema; the handler sees only what the schema made. Throws `INVALID_INPUT` that says
 * which path and what was expected (MCP SEP-1303: an error the model can mend, not a protocol error). A schema that is
 * asynchronous is checked in the time of the call, 30 seconds where the stack has no `deadline`: after that the call is
 * `TOOL_TIMEOUT`, nothing of it having run, and gives its slot back. `redact` sees the message, whose words can be the schema's own.
 *
 * @example
 * ```ts
 * import { createStack, validate } from '@sallyport/core';
 *
 * createStack().use(validate({ maxElements: 500 }));
 * ```
 */
export function validate(
  { maxDepth = 32, maxElements = 10_000 }: ValidateOptions = {},
  clock: Clock = systemClock,
  redact: Redact = (text) => text,
): Layer<unknown, WithInput> {
  if (!(maxDepth > 0 && maxElements > 0)) throw new RangeError('maxDepth and maxElements must be positive numbers');
  return leanLayer<unknown, WithInput, unknown>({
    name: 'validate',
    policy: (tool) => (tool.kind === 'tool' ? { maxDepth, maxElements } : undefined),
    wrap: <C extends Call>(next: PromptHandler<C & WithInput>, tool: ToolFacts): PromptHandler<C> => {
      const check = tool.input === undefined ? undefined : checkOf(tool.input);
      const keepsSent = tool.policy.idempotent !== undefined;
      const inTime = <T>(validated: Promise<T>, call: Call, leftMs: number): Promise<T> => {
        const ms = Number.isFinite(leftMs) ? leftMs : 30_000;
        const late = () => {
          throw tooSlow(tool.name, ms);
        };
        return settledWithin(validated, ms, clock, late, LeanCall.interruptionOf(call));
      };
      const pass = (call: C, idempotencyKey: string | undefined, sent: unknown, input: unknown) =>
        next(
          LeanCall.passOn(call, keepsSent ? { input, idempotencyKey, sent: sent ?? {} } : { input, idempotencyKey }),
        );
      const passParsed = (call: C, key: string | undefined, sent: unknown, parsed: Awaited<StandardAnswer>) => {
        if (parsed.issues === undefined) return pass(call, key, sent, parsed.value);
        throw new ToolError('INVALID_INPUT', redact(describe(tool.name, parsed.issues)));
      };
      return (call) => {
        const excess = findExcess(call.input, maxDepth, maxElements);
        if (excess !== undefined) throw new ToolError('INVALID_INPUT', `The arguments ${excess}.`);
        const { key, rest } = idempotencyKeyOf(tool, call.input, call.meta);
        if (check === undefined) return pass(call, key, rest, rest);
        const validated = check(rest ?? {});
        if (!(validated instanceof Promise)) return passParsed(call, key, rest, validated);
        const remainingMs = timeLeft(tool, call, clock);
        return inTime(validated, call, remainingMs()).then((parsed) =>
          passParsed(LeanCall.passOn(call, { remainingMs }), key, rest, parsed),
        );
      };
    },
  });
}

/**
 * How to run the schema. Behind its Standard Schema face zod first tries whether it can do without waiting, and drops what was
 * begun when it cannot; a check that then rejects would be nobody's, and end the process.
 */
function checkOf(schema: NonNullable<ToolFacts['input']>): (value: unknown) => StandardAnswer {
  const { '~standard': standard } = schema;
  if (!mayBeAsync(schema)) return (value) => standard.validate(value);
  const zod = schema as unknown as ZodType;
  return async (value) => {
    const { data, error } = await zod.safeParseAsync(value);
    return error === undefined ? { value: data } : { issues: error.issues };
  };
}

type StandardAnswer = ReturnType<NonNullable<ToolFacts['input']>['~standard']['validate']>;

function describe(tool: string, issues: readonly StandardIssue[]): string {
  return `The arguments of ${tool} do not match its schema: ${issuesText(issues, 'the arguments')}.`;
}

/** Nothing ran, so that also a write without a key can be repeated. */
function tooSlow(tool: string, ms: number): ToolError {
  const message = `The arguments of ${tool} could not be checked within ${ms / 1000} seconds. Nothing was done.`;
  return new ToolError('TOOL_TIMEOUT', message, { retryable: true });
}
