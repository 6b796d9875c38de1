import { type Handler, type Layer, lean } from './layer.js';
import { LeanCall } from './lean-call.js';
import type { ToolFacts } from './tool-facts.js';

/**
 * Wraps `handler` in `layers`, the first outermost, once. The types of a {@link Stack} have already proved that each layer
 * finds what it needs; here they are erased. Layers that are not ours get their calls whole.
 */
export function compose(
  layers: readonly Layer<never, unknown, never>[],
  handler: Handler<never>,
  tool: ToolFacts,
): Handler {
  return layers.reduceRight<Handler>((next, layer) => {
    const wrapped = (layer as Layer).wrap(next, tool);
    return wrapped === next || (layer as Layer)[lean] === true ? wrapped : (call) => wrapped(LeanCall.whole(call));
  }, handler as Handler);
}
