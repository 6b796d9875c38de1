import { toJSONSchema, type ZodType } from 'zod';
import { assertFields } from './assert-fields.js';
import { assertListedSchema } from './assert-listed-schema.js';
import { assertSpec } from './assert-spec.js';
import type { Call } from './call.js';
import { compose } from './compose.js';
import { listedSchema } from './idempotency-key.js';
import type { Answered, Handler, Layer, PromptHandler } from './layer.js';
import { LeanCall } from './lean-call.js';
import { PolicyError } from './policy-error.js';
import type { Principal } from './principal.js';
import { type RandomId, randomId as systemRandomId } from './random-id.js';
import { type Report, reportToConsole } from './report.js';

import { createTool, type Tool } from './tool.js';
import type { JsonSchema, ToolFacts } from './tool-facts.js';
import { toolHints } from './tool-hints.js';
import { assertToolName } from './tool-name.js';
import type { ToolResult } from './tool-result.js';
import { toolResults } from './tool-results.js';
import type { ToolSpec } from './tool-spec.js';

/** The facts an adapter gives for a handler that is not written against core: the rest is filled in. */
export type ForeignFacts = Pick<ToolFacts, 'name' | 'kind'> & Partial<Omit<ToolFacts, 'policy'>>;

/**
 * An order of layers. Its type carries what a handler may read (`C`) and what a tool may or must declare (`P`), so a guard
 * that is left out is a visible act. Immutable: `use` returns a longer stack.
 */
export interface Stack<C extends Call = Call, P = unknown> {
  /** Outermost first. */
  readonly layers: readonly string[];
  /** Adds a layer inside the ones that are there. Does not compile when the layer needs what none of them adds. */
  use<A, Q>(layer: Layer<C, A, Q>): Stack<C & A, P & Q>;
  /** Puts a handler behind the layers, once. Throws a `PolicyError` when the declaration is not complete. */
  tool<I extends ZodType, O extends ZodType | undefined = undefined>(spec: ToolSpec<I, O, C> & P): Tool;
  /** The same for a handler of a foreign server; for adapters. Policy fields are checked at registration, not by types. */
  wrap(facts: ForeignFacts & Partial<P>, handler: Handler<C>): Tool;
}

/** What every tool of a stack shares. */
export interface StackOptions {
  /** Default: one JSON line to standard error per fault. */
  readonly report?: Report;
  readonly randomId?: RandomId;
}

type AnyLayer = Layer<never, unknown, never>;

/**
 * An empty stack. Most servers want the shipped one, `hardened()`; this is for your own order.
 *
 * @example
 * ```ts
 * import { authorize, createStack, deadline } from '@sallyport/core';
 *
 * createStack().use(authorize()).use(deadline(5_000)).layers; // ['authorize', 'deadline']
 * ```
 */
export function createStack({ report = reportToConsole, randomId = systemRandomId }: StackOptions = {}): Stack {
  return build([], report, randomId);
}

function build<C extends Call, P>(layers: readonly AnyLayer[], report: Report, randomId: RandomId): Stack<C, P> {
  const names = layers.map((layer) => layer.name);
  const wrap = (
    declared: ForeignFacts & Partial<P>,
    handler: PromptHandler<C>,
    answered: (value: unknown) => Answered,
  ): Tool => {
    if (declared.kind === 'tool') assertToolName(declared.name);
    assertFields(declared, layers);
    const facts = { version: '1', inputSchema: emptyObject, ...declared };
    const policy: Record<string, object> = {};
    for (const layer of layers) {
      const effective = (layer as Layer).policy?.(facts);
      if (effective !== undefined) policy[layer.name] = Object.freeze(effective);
    }
    assertListedSchema(facts.name, 'input', facts.inputSchema);
    if (facts.outputSchema !== undefined) assertListedSchema(facts.name, 'output', facts.outputSchema);
    const tool: ToolFacts = Object.freeze({
      ...facts,
      annotations: toolHints(facts, policy),
      inputSchema: listedSchema(facts.inputSchema, policy),
      policy: Object.freeze(policy),
    });
    const innermost: PromptHandler<C> = (given) => {
      const call = LeanCall.whole(given);
      return call.instead === undefined ? handler(call) : insteadOf(handler, call, call.instead, answered);
    };
    const policyFor = (principal: Principal): ToolFacts['policy'] => {
      const own = layers.flatMap(({ name, policyFor }) => {
        const effective = (policyFor as Layer['policyFor'])?.(tool, principal);
        return effective === undefined ? [] : [[name, effective] as const];
      });
      return { ...policy, ...Object.fromEntries(own) };
    };
    const chain = compose(layers, innermost as PromptHandler<never>, tool);
    return createTool(tool, names, chain, policyFor, randomId, report);
  };
  return {
    layers: names,
    use: (layer) => build([...layers, layer as AnyLayer], report, randomId),
    wrap: (facts, handler) => wrap(facts, (call) => Promise.resolve(handler(call)), toolResults(undefined)),
    tool(spec) {
      assertSpec(spec);
      const { handler, input, output, ...declared } = spec;
      const facts = {
        ...declared,
        kind: 'tool' as const,
        input,
        inputSchema: jsonSchemaOf(spec.name, input, 'input'),
        outputSchema: output === undefined ? undefined : jsonSchemaOf(spec.name, output, 'output'),
      };
      const answered = toolResults(output);
      return wrap(
        facts as unknown as ForeignFacts & Partial<P>,
        (call) => {
          const value: unknown = handler(call.input as never, call);
          return isThenable(value) ? Promise.resolve(value).then(answered) : answered(value);
        },
        answered,
      );
    },
  };
}

const emptyObject: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };

/** Here, and not in each handler, so that a handler of a foreign server cannot run where it must only be asked about. */
async function insteadOf<C extends Call>(
  handler: PromptHandler<C>,
  call: C,
  instead: NonNullable<Call['instead']>,
  answered: (value: unknown) => Answered,
): Promise<ToolResult> {
  const found = await instead(call.input, call);
  return found === undefined ? handler(call) : answered(found);
}

/** What `await` would wait for. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  const known = value as { readonly then?: unknown } | null | undefined;
  return (typeof value === 'object' || typeof value === 'function') && typeof known?.then === 'function';
}

/** Built once, at registration: converting on every list costs 50 µs a tool. */
function jsonSchemaOf(tool: string, schema: ZodType, io: 'input' | 'output'): JsonSchema {
  let json: unknown;
  try {
    json = toJSONSchema(schema, { io });
  } catch (error) {
    throw new PolicyError(tool, io, `cannot be shown as JSON Schema: ${(error as Error).message}`);
  }
  const { type } = json as { type?: unknown };
  if (type !== 'object') throw new PolicyError(tool, io, 'must be a schema of an object');
  return json as JsonSchema;
}
