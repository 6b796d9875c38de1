import { toJSONSchema, type ZodType } from 'zod';
import type { Call } from './call.js';
import { compose } from './compose.js';
import type { Handler, Layer } from './layer.js';
import { listedSchema } from './idempotency-key.js';
import { type RandomId, randomId as systemRandomId } from './random-id.js';
import { type Report, reportToConsole } from './report.js';
import { createTool, type Tool } from './tool.js';
import { assertToolName } from './tool-name.js';
import { toToolResult } from './to-tool-result.js';
import type { JsonSchema, ToolFacts } from './tool-facts.js';
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
  const wrap: Stack<C, P>['wrap'] = (declared, handler) => {
    if (declared.kind === 'tool') assertToolName(declared.name);
    const facts = { version: '1', inputSchema: emptyObject, ...declared };
    const policy: Record<string, object> = {};
    for (const layer of layers) {
      const effective = (layer as Layer).policy?.(facts);
      if (effective !== undefined) policy[layer.name] = Object.freeze(effective);
    }
    const tool: ToolFacts = Object.freeze({
      ...facts,
      inputSchema: listedSchema(facts.inputSchema, policy),
      policy: Object.freeze(policy),
    });
    return createTool(tool, names, compose(layers, handler as Handler<never>, tool), randomId, report);
  };
  return {
    layers: names,
    use: (layer) => build([...layers, layer as AnyLayer], report, randomId),
    wrap,
    tool(spec) {
      const { handler, input, output, ...declared } = spec;
      const facts = {
        ...declared,
        kind: 'tool' as const,
        input,
        inputSchema: jsonSchemaOf(input, 'input'),
        outputSchema: output === undefined ? undefined : jsonSchemaOf(output, 'output'),
      };
      return wrap(facts as unknown as ForeignFacts & Partial<P>, async (call) =>
        toToolResult(await (call.instead ?? handler)(call.input as never, call), output),
      );
    },
  };
}

const emptyObject: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };

/** Built once, at registration: converting on every list costs 50 µs a tool. */
function jsonSchemaOf(schema: ZodType, io: 'input' | 'output'): JsonSchema {
  return toJSONSchema(schema, { io }) as unknown as JsonSchema;
}
