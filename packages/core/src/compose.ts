import type { Layer, PromptHandler } from './layer.js';
import { LeanCall } from './lean-call.js';
import { leanWrapOf } from './lean-layer.js';
import { promised } from './promised.js';
import type { ToolFacts } from './tool-facts.js';

/**
 * Wraps `handler` in `layers`, the first outermost, once. The types of a {@link Stack} have already proved that each layer
 * finds what it needs; here they are erased.
 */
export function compose(
  layers: readonly Layer<never, unknown, never>[],
  handler: PromptHandler<never>,
  tool: ToolFacts,
): PromptHandler {
  return layers.reduceRight<PromptHandler>((next, layer) => {
    const wrap = leanWrapOf(layer as Layer);
    return wrap === undefined ? foreign(layer as Layer, next, tool) : wrap(next, tool);
  }, handler as PromptHandler);
}

/** A layer that is not ours gets its calls whole, and promises for answers. */
function foreign(layer: Layer, next: PromptHandler, tool: ToolFacts): PromptHandler {
  const below = promised(next);
  const wrapped = layer.wrap(below, tool);
  return wrapped === below ? next : (call) => Promise.resolve(wrapped(LeanCall.whole(call)));
}
