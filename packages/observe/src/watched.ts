import type { Layer, ToolFacts } from '@sallyport/core';
import { type LeanWrap, leanLayer, leanWrapOf, type PromptHandler } from '@sallyport/core/adapter';

/** The same layer, but put around handlers by `around`, which is told the layer's own way. The types of a stack were proved before. */
export function watched<Needs, Adds, Policy>(
  layer: Layer<Needs, Adds, Policy>,
  around: (wrap: LeanWrap, next: PromptHandler, tool: ToolFacts) => PromptHandler,
): Layer<Needs, Adds, Policy> {
  const via = (wrap: unknown): never =>
    ((next: PromptHandler, tool: ToolFacts) => around(wrap as LeanWrap, next, tool)) as never;
  const lean = leanWrapOf(layer);
  return lean === undefined ? { ...layer, wrap: via(layer.wrap) } : leanLayer({ ...layer, wrap: via(lean) });
}
