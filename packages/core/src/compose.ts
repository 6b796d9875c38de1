import type { Call } from './call.js';
import type { Handler, Layer } from './layer.js';
import type { ToolFacts } from './tool-facts.js';

/**
 * Wraps `handler` in `layers`, the first outermost, once. The types of a {@link Stack} have already proved that each layer
 * finds what it needs; here they are erased.
 */
export function compose(
  layers: readonly Layer<never, unknown, never>[],
  handler: Handler<never>,
  tool: ToolFacts,
): Handler {
  return layers.reduceRight<Handler<never>>(
    (next, layer) => (layer as Layer).wrap(next as Handler, tool),
    handler,
  ) as Handler<Call>;
}
