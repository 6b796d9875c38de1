import type { Tool, ToolFacts } from '@sallyport/core';

/** Finds what a JSON-RPC request wants to run. */
export type ToolFinder = (message: unknown) => Tool | undefined;

/** Which parameter names what a method runs. */
const methods: ReadonlyMap<unknown, { readonly kind: ToolFacts['kind']; readonly parameter: string }> = new Map([
  ['tools/call', { kind: 'tool', parameter: 'name' }],
  ['prompts/get', { kind: 'prompt', parameter: 'name' }],
  ['resources/read', { kind: 'resource', parameter: 'uri' }],
]);

/** An unknown name finds nothing: the protocol's own error for it comes from further in. */
export function toolFinder(tools: readonly Tool[]): ToolFinder {
  const byName = (kind: string) =>
    new Map<unknown, Tool>(tools.filter(({ facts }) => facts.kind === kind).map((tool) => [tool.facts.name, tool]));
  const known = { tool: byName('tool'), resource: byName('resource'), prompt: byName('prompt') };
  // Everything but tools goes through one guard per method, which is named like it.
  const guards = new Map<unknown, Tool>(
    tools.filter(({ facts }) => facts.kind !== 'tool').map((tool) => [tool.facts.name, tool]),
  );
  return (message) => {
    const { method, params } = fields(message);
    const called = methods.get(method);
    const tool = called === undefined ? undefined : known[called.kind].get(fields(params)[called.parameter]);
    return tool ?? guards.get(method);
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
