import { assertTool } from './assert-tool.js';
import type { Principal } from './principal.js';
import type { Tool } from './tool.js';
import type { ToolFacts } from './tool-facts.js';

/** The effective policy of one tool. Plain data. */
export interface Explanation {
  readonly name: string;
  readonly kind: string;
  readonly version: string;
  /** Outermost first. `policy` is missing where the layer does nothing for this tool or has nothing to say. */
  readonly layers: readonly { readonly name: string; readonly policy?: unknown }[];
}

/**
 * What will happen to every call of the tool, after defaults.
 *
 * @example
 * ```ts
 * import { explain, hardened } from '@sallyport/core';
 * import { z } from 'zod';
 *
 * const ping = hardened().tool({
 *   name: 'ping',
 *   description: 'Answers pong.',
 *   access: 'read',
 *   input: z.object({}),
 *   handler: () => 'pong',
 * });
 * explain(ping).layers[0]; // { name: 'authorize', policy: { access: 'read', scopes: ['mcp:tools:read'], … } }
 * ```
 */
export function explain(tool: Tool): Explanation {
  assertTool(tool, 'explain: this');
  return explained(tool, tool.facts.policy);
}

/**
 * The same for the calls of one principal: where limits or the priority depend on who calls, those of its plan instead of
 * `by principal`. Throws what the functions throw that decide them.
 *
 * @example
 * ```ts
 * import { explainFor, type Tool } from '@sallyport/core';
 *
 * export const limitsOfPro = (tool: Tool) =>
 *   explainFor(tool, { issuer: 'nobody', subject: 'agent', scopes: [], tenant: 'acme', plan: 'pro' });
 * ```
 */
export function explainFor(tool: Tool, principal: Principal): Explanation {
  assertTool(tool, 'explainFor: this');
  return explained(tool, tool.policyFor?.(principal) ?? tool.facts.policy);
}

function explained({ facts: { name, kind, version }, layers }: Tool, policy: ToolFacts['policy']): Explanation {
  return {
    name,
    kind,
    version,
    layers: layers.map((layer) =>
      Object.hasOwn(policy, layer) ? { name: layer, policy: policy[layer] } : { name: layer },
    ),
  };
}
