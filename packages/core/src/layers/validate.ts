import { idempotencyKeyOf } from '../idempotency-key.js';
import { issuesText } from '../issues-text.js';
import { findExcess } from '../json-bounds.js';
import { type Layer, lean } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import type { StandardIssue } from '../standard-schema.js';
import { ToolError } from '../tool-error.js';

/** What `validate` puts on the call. */
export interface WithInput {
  /** The arguments as the tool's schema made them. */
  readonly input: unknown;
  /** The caller's idempotency key, taken out of the arguments or `_meta`. */
  readonly idempotencyKey: string | undefined;
}

/** How large arguments may be, whatever the schema says. */
export interface ValidateOptions {
  /** Nesting at most. Default 32. */
  readonly maxDepth?: number;
  /** Array elements and object members at most, in all. Default 10,000. */
  readonly maxElements?: number;
}

/**
 * Parses the arguments with the tool's schema; the handler sees only what the schema made. Throws `INVALID_INPUT` that says
 * which path and what was expected (MCP SEP-1303: an error the model can mend, not a protocol error).
 *
 * @example
 * ```ts
 * import { createStack, validate } from '@sallyport/core';
 *
 * createStack().use(validate({ maxElements: 500 }));
 * ```
 */
export function validate({ maxDepth = 32, maxElements = 10_000 }: ValidateOptions = {}): Layer<unknown, WithInput> {
  if (!(maxDepth > 0 && maxElements > 0)) throw new RangeError('maxDepth and maxElements must be positive numbers');
  return {
    name: 'validate',
    [lean]: true,
    policy: (tool) => (tool.kind === 'tool' ? { maxDepth, maxElements } : undefined),
    wrap: (next, tool) => {
      const schema = tool.input;
      return async (call) => {
        const excess = findExcess(call.input, maxDepth, maxElements);
        if (excess !== undefined) throw new ToolError('INVALID_INPUT', `The arguments ${excess}.`);
        const { key: idempotencyKey, rest } = idempotencyKeyOf(tool, call.input, call.meta);
        if (schema === undefined) return next(LeanCall.passOn(call, { input: rest, idempotencyKey }));
        const validated = schema['~standard'].validate(rest ?? {});
        const parsed = validated instanceof Promise ? await validated : validated;
        if (parsed.issues !== undefined) throw new ToolError('INVALID_INPUT', describe(tool.name, parsed.issues));
        return next(LeanCall.passOn(call, { input: parsed.value, idempotencyKey }));
      };
    },
  };
}

function describe(tool: string, issues: readonly StandardIssue[]): string {
  return `The arguments of ${tool} do not match its schema: ${issuesText(issues, 'the arguments')}.`;
}
