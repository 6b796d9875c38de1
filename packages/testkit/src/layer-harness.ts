import type { Call, Handler, Layer, ToolFacts, ToolResult } from '@sallyport/core';
import { madeUpCall, madeUpFacts } from './made-up-call.js';

/** One layer around a handler of the test's own. */
export interface LayerHarness<Needs> {
  /** The tool as the layer saw it, its own effective policy included. */
  readonly tool: ToolFacts;
  /** Sends a made-up call through the layer. Rejects with what the layer throws: nothing is turned into a result here. */
  call(over: Partial<Call> & Needs): Promise<ToolResult>;
}

/**
 * Puts one layer around `handler`, without a stack: what the layer needs is given with each call, what the tool declares
 * for it in `declared`. Other layers' policies can be made up in `declared.policy`.
 *
 * @example
 * ```ts
 * import { tenant } from '@sallyport/core';
 * import { layerHarness, testPrincipal } from '@sallyport/testkit';
 *
 * const harness = layerHarness(tenant(), {}, async (call) => ({ content: [{ type: 'text', text: call.tenant }] }));
 * await harness.call({ principal: testPrincipal({ tenant: 'globex' }) });
 * ```
 */
export function layerHarness<Needs, Adds, Policy>(
  layer: Layer<Needs, Adds, Policy>,
  declared: Partial<ToolFacts> & NoInfer<Policy>,
  handler: Handler<Call & Needs & Adds> = async () => ({ content: [] }),
): LayerHarness<Needs> {
  const facts = { ...madeUpFacts(), ...declared };
  const effective = layer.policy?.(facts);
  const policy = effective === undefined ? facts.policy : { ...facts.policy, [layer.name]: effective };
  const tool = { ...facts, policy };
  const wrapped = layer.wrap<Call & Needs>(handler, tool);
  return {
    tool,
    // Async, so that a layer that throws before it returns a promise rejects like any other.
    call: async (over) => wrapped(madeUpCall<Partial<Call> & Needs & object>({ tool, ...over })),
  };
}
