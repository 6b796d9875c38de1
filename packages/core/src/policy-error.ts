/**
 * A tool cannot be registered as declared, or a stack not be built with these options. Thrown at start-up, never at a call;
 * names the tool (none: the stack) and the field.
 *
 * @example
 * ```ts
 * import { hardened, PolicyError } from '@sallyport/core';
 * import { z } from 'zod';
 *
 * try {
 *   // Without types, as a caller in plain JavaScript.
 *   hardened().tool({ name: 'pay', description: 'Pays.', access: 'sensitive', input: z.object({}) } as never);
 * } catch (error) {
 *   if (error instanceof PolicyError) console.error(error.tool, error.field);
 * }
 * ```
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly tool: string | undefined;
  readonly field: string;

  constructor(tool: string | undefined, field: string, problem: string) {
    super(`${tool === undefined ? 'The stack' : `Tool "${tool}"`}: ${field} ${problem}`);
    this.tool = tool;
    this.field = field;
  }
}
