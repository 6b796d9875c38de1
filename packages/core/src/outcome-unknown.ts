import { ToolError } from './tool-error.js';

/** For a call whose key an interrupted attempt holds, when nobody can tell what became of that. */
export function outcomeUnknown(name: string, cause?: unknown): ToolError {
  return new ToolError(
    'OUTCOME_UNKNOWN',
    `An earlier ${name} with this idempotency key was interrupted, and whether it took effect is not known. Do not repeat it; check the effect itself or ask an operator.`,
    cause === undefined ? {} : { cause },
  );
}
