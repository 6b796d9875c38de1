import type { ZodType } from 'zod';
import type { Call } from './call.js';
import { PolicyError } from './policy-error.js';
import type { Stack } from './stack.js';
import type { Tool } from './tool.js';
import type { HandlerInput, HandlerOutput, ToolDescription, ToolSpec } from './tool-spec.js';

/** By instance, then by method: its name, or for a private one, whose name a base class may have too, its decoration. */
const tools = new WeakMap<object, Map<unknown, Tool>>();

/**
 * Makes a tool of a method: sugar over `stack.tool`. The class gets its dependencies through its constructor; each
 * instance has its own tools. Standard (stage 3) decorators. The method's parameter and return types are checked against
 * the schemas.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { tool, toolsOf } from '@sallyport/core/decorators';
 * import { z } from 'zod';
 *
 * const stack = hardened();
 * const Input = z.object({ name: z.string() });
 *
 * class Greeter {
 *   constructor(readonly greeting: string) {}
 *
 *   @tool(stack, { name: 'greet', description: 'Greets.', access: 'read', input: Input })
 *   greet({ name }: z.output<typeof Input>) {
 *     return `${this.greeting}, ${name}`;
 *   }
 * }
 *
 * toolsOf(new Greeter('Hello'));
 * ```
 */
export function tool<C extends Call, P, I extends ZodType, O extends ZodType | undefined = undefined>(
  stack: Stack<C, P>,
  spec: ToolDescription<I, O> & P,
) {
  return <This extends object>(
    _method: (this: This, input: HandlerInput<I, C>, call: C) => HandlerOutput<O> | Promise<HandlerOutput<O>>,
    context: ClassMethodDecoratorContext<
      This,
      (this: This, input: HandlerInput<I, C>, call: C) => HandlerOutput<O> | Promise<HandlerOutput<O>>
    >,
  ): void => {
    context.addInitializer(function () {
      const own = tools.get(this) ?? new Map<unknown, Tool>();
      const handler: ToolSpec<I, O, C>['handler'] = (input, call) => context.access.get(this).call(this, input, call);
      own.set(context.private ? context : context.name, stack.tool<I, O>({ ...spec, handler }));
      tools.set(this, own);
    });
  };
}

/**
 * The tools of an instance, in the order of their methods; one that overrides another takes its place. Throws a `TypeError`
 * when its class has none and a `PolicyError` when two methods claim one tool name.
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/server';
 * import { toolsOf } from '@sallyport/core/decorators';
 * import { register } from '@sallyport/mcp-server';
 *
 * declare const greeter: object; // an instance of a class with `@tool` methods
 * register(new McpServer({ name: 'example', version: '1.0.0' }), toolsOf(greeter));
 * ```
 */
export function toolsOf(instance: object): readonly Tool[] {
  const own = tools.get(instance);
  if (own === undefined) throw new TypeError(`${instance.constructor.name} has no method decorated with @tool`);
  const found = [...own.values()];
  const names = new Set<string>();
  for (const { facts } of found) {
    if (names.has(facts.name)) throw new PolicyError(facts.name, 'name', 'is claimed by two methods');
    names.add(facts.name);
  }
  return found;
}
