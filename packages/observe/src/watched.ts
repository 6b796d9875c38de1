import type { Layer, ToolFacts } from '@sallyport/core';
import { lean, type PromptHandler } from '@sallyport/core/adapter';

/** How a layer puts itself around a handler. */
export type Wrap = (next: PromptHandler, tool: ToolFacts) => PromptHandler;

/** The same layer, but put around handlers by `around`, which is told the layer's own way. The types of a stack were proved before. */
export function watched<Needs, Adds, Policy>(
  layer: Layer<Needs, Adds, Policy>,
  around: (wrap: Wrap, next: PromptHandler, tool: ToolFacts) => PromptHandler,
): Layer<Needs, Adds, Policy> {
  const own = layer as unknown as { readonly wrap: Wrap; readonly [lean]?: Wrap };
  const via =
    (wrap: Wrap): Wrap =>
    (next, tool) =>
      around(wrap, next, tool);
  const { wrap, [lean]: prompt } = own;
  return { ...layer, wrap: via(wrap), ...(prompt && { [lean]: via(prompt) }) } as unknown as typeof layer;
}
