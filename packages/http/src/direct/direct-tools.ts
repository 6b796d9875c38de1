import type { Tool, ToolFacts } from '@sallyport/core';
import type { Era } from '../era.js';

/** The tools that may be called directly in an era, by name. */
export type DirectTools = Readonly<Record<Era, ReadonlyMap<string, Tool>>>;

/**
 * An event stream of the 2025 era is kept alive every 15 seconds; a JSON answer is not. So what may take longer than proxies
 * wait goes the official way there. 2026-07-28 answers JSON either way.
 */
const patienceMs = 30_000;

/** Decides it once, at registration. */
export function directTools(tools: readonly Tool[]): DirectTools {
  const able = tools.filter(({ facts }) => isOurs(facts) && !readsHeaders(facts));
  const byName = (chosen: readonly Tool[]) => new Map(chosen.map((tool) => [tool.facts.name, tool]));
  return { modern: byName(able), legacy: byName(able.filter(({ facts }) => isBrief(facts))) };
}

/** Written against core: the handler of a wrapped server reads the SDK's own `ctx`. */
function isOurs({ kind, input }: ToolFacts): boolean {
  return kind === 'tool' && input !== undefined && '_zod' in input;
}

/** SEP-2243: arguments that must be repeated in `Mcp-Param-*` headers. The SDK compares them. */
function readsHeaders({ inputSchema }: ToolFacts): boolean {
  return JSON.stringify(inputSchema).includes('x-mcp-header');
}

function isBrief({ policy }: ToolFacts): boolean {
  const { timeoutMs } = (policy.deadline ?? {}) as { readonly timeoutMs?: number };
  return timeoutMs !== undefined && timeoutMs <= patienceMs;
}
