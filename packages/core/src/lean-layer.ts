import type { Call } from './call.js';
import { type Layer, lean, type PromptHandler } from './layer.js';
import { promised } from './promised.js';
import type { ToolFacts } from './tool-facts.js';

/** A layer of ours, whose `wrap` copies calls with `LeanCall.passOn` only and waits for nothing that is there at once. */
type LeanLayer<Needs, Adds, Policy> = Omit<Layer<Needs, Adds, Policy>, 'wrap' | typeof lean> & {
  readonly wrap: <C extends Call & Needs>(next: PromptHandler<C & Adds>, tool: ToolFacts & Policy) => PromptHandler<C>;
};

/** Makes the layer that it is to everybody else: one that answers with promises. */
export function leanLayer<Needs, Adds, Policy>({
  wrap,
  ...rest
}: LeanLayer<Needs, Adds, Policy>): Layer<Needs, Adds, Policy> {
  return {
    ...rest,
    [lean]: wrap,
    wrap: (next, tool) => {
      const wrapped = wrap(next, tool);
      return (wrapped as unknown) === next ? (wrapped as typeof next as never) : promised(wrapped);
    },
  };
}
