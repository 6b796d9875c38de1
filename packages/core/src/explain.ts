import type { Tool } from './tool.js';

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
  const { name, kind, version, policy } = tool.facts;
  return {
    name,
    kind,
    version,
    layers: tool.layers.map((layer) =>
      Object.hasOwn(policy, layer) ? { name: layer, policy: policy[layer] } : { name: layer },
    ),
  };
}
