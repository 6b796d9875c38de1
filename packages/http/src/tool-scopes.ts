import { authorizationOf, type Tool } from '@sallyport/core';

/** The scopes the tools need, sorted: exactly what the metadata offers. */
export function toolScopes(tools: readonly Tool[]): string[] {
  return [...new Set(tools.flatMap((tool) => authorizationOf(tool.facts)?.scopes ?? []))].sort();
}

/** What a client should ask for first: the scopes of what only reads. More comes by step-up, when a tool needs it. */
export function firstScopes(tools: readonly Tool[]): string[] {
  const reads = toolScopes(tools.filter((tool) => authorizationOf(tool.facts)?.access === 'read'));
  return reads.length > 0 ? reads : toolScopes(tools);
}
