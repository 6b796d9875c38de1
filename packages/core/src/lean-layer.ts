import type { Call } from './call.js';
import type { Layer, PromptHandler } from './layer.js';
import { promised } from './promised.js';
import type { ToolFacts } from './tool-facts.js';

/** A layer of ours, whose `wrap` copies calls with `LeanCall.passOn` only and waits for nothing that is there at once. */
type LeanLayer<Needs, Adds, Policy> = Omit<Layer<Needs, Adds, Policy>, 'wrap'> & {
  readonly wrap: <C extends Call & Needs>(next: PromptHandler<C & Adds>, tool: ToolFacts & Policy) => PromptHandler<C>;
};

/** How a layer of ours puts itself around a handler, when a stack does it. The types of a stack were proved before. */
export type LeanWrap = (next: PromptHandler, tool: ToolFacts) => PromptHandler;

/** By what everybody else calls instead, so that a copy of a layer with a `wrap` of its author's is what that says. */
const leanWraps = new WeakMap<object, LeanWrap>();

/** Makes the layer that it is to everybody else: one that answers with promises. */
export function leanLayer<Needs, Adds, Policy>({
  wrap: leanWrap,
  ...rest
}: LeanLayer<Needs, Adds, Policy>): Layer<Needs, Adds, Policy> {
  const wrap: Layer<Needs, Adds, Policy>['wrap'] = (next, tool) => {
    const wrapped = leanWrap(next, tool);
    return (wrapped as unknown) === next ? (wrapped as typeof next as never) : promised(wrapped);
  };
  leanWraps.set(wrap, leanWrap as unknown as LeanWrap);
  return { ...rest, wrap };
}

/** What a stack calls instead of the layer's `wrap`: calls come with their signals unread, and answers at once. */
export function leanWrapOf({ wrap }: { readonly wrap: object }): LeanWrap | undefined {
  return leanWraps.get(wrap);
}
