import type { Call } from '../call.js';
import type { ForeignFacts, Stack } from '../stack.js';
import type { Tool } from '../tool.js';
import type { JsonSchema, ToolAnnotations } from '../tool-facts.js';
import type { ToolResult } from '../tool-result.js';
import { foreignPolicy } from './foreign-policy.js';
import { type ForeignArguments, foreignSchema } from './foreign-schema.js';

/** A tool as both SDKs keep it, as far as it is shown. */
interface RegisteredTool {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly annotations?: ToolAnnotations | undefined;
  readonly _meta?: Readonly<Record<string, unknown>> | undefined;
}

/** What is read of a registered tool in a way of its SDK's own, and what its author declared besides. */
interface Reading extends ForeignArguments {
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema | undefined;
  readonly policy: object;
}

/** Puts `run`, the SDK's own way with a registered tool, behind a stack. */
export function wrapRegistered<C extends Call, P>(
  stack: Stack<C, P>,
  name: string,
  { title, description, annotations, _meta: meta }: RegisteredTool,
  { inputSchema, outputSchema, policy, ...parsing }: Reading,
  run: (call: Call) => Promise<ToolResult>,
): Tool {
  const facts: ForeignFacts = {
    kind: 'tool',
    name,
    title,
    description,
    annotations,
    meta,
    input: foreignSchema(parsing),
    inputSchema,
    outputSchema,
    ...foreignPolicy(policy, annotations),
  };
  return stack.wrap(facts as ForeignFacts & Partial<P>, run);
}
