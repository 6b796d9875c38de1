import { authorizationOf, missingScopes, type Principal, type Tool } from '@sallyport/core';

/** The tools a caller may call, in the order of the server. Callers with equal rights get the same list object. */
export type VisibleTools = (principal: Principal) => readonly Tool[];

/** There are rarely more than a handful of distinct rights. */
const maxLists = 1_000;

/**
 * Filters once for each distinct set of rights, not for each caller: what is built from a list can be kept with it. A tool
 * whose stack has no `authorize` is everybody's.
 */
export function visibleTools(tools: readonly Tool[]): VisibleTools {
  const needs = tools.map((tool) => authorizationOf(tool.facts));
  const distinct = [...new Map(needs.map((need) => [JSON.stringify([need?.scopes, need?.hierarchy]), need]))];
  const lists = new Map<string, readonly Tool[]>();
  const byPrincipal = new WeakMap<Principal, readonly Tool[]>();

  const listFor = ({ scopes }: Principal): readonly Tool[] => {
    const met = distinct.filter(
      ([, need]) => need === undefined || missingScopes(scopes, need.scopes, need.hierarchy).length === 0,
    );
    const key = met.map(([name]) => name).join('\n');
    const known = lists.get(key);
    if (known !== undefined) return known;
    const permitted = new Set(met.map(([name]) => name));
    const list = tools.filter((_, i) => permitted.has(JSON.stringify([needs[i]?.scopes, needs[i]?.hierarchy])));
    if (lists.size >= maxLists) lists.clear();
    lists.set(key, list);
    return list;
  };
  return (principal) => {
    const known = byPrincipal.get(principal);
    if (known !== undefined) return known;
    const list = listFor(principal);
    byPrincipal.set(principal, list);
    return list;
  };
}
