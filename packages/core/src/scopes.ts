/** How dangerous a tool is. Each class needs a scope of its own, unless the tool names another. */
export type Access = 'read' | 'write' | 'sensitive' | 'admin';

/** For each scope the scopes that it includes, directly. Inclusion is transitive. */
export type ScopeHierarchy = Readonly<Record<string, readonly string[]>>;

/** The scope each access class needs. `sensitive` needs the write scope: what sets it apart is policy, not the token. */
export const accessScopes: Readonly<Record<Access, string>> = {
  read: 'mcp:tools:read',
  write: 'mcp:tools:write',
  sensitive: 'mcp:tools:write',
  admin: 'mcp:admin',
};

/** The scope a resource or a prompt needs. */
export const resourceScope = 'mcp:resources:read';

/** `mcp:admin` includes write, write includes read. */
export const defaultHierarchy: ScopeHierarchy = {
  'mcp:admin': ['mcp:tools:write', 'mcp:resources:read'],
  'mcp:tools:write': ['mcp:tools:read'],
};

/**
 * The scopes of `required` that `granted` does not cover, in the order of `required`. Empty means permitted. The order
 * and the text are stable, because a client that sees its challenge vary loops for ever.
 *
 * @example
 * ```ts
 * import { missingScopes } from '@sallyport/core';
 *
 * missingScopes(['mcp:tools:write'], ['mcp:tools:read']); // []
 * missingScopes(['mcp:tools:read'], ['mcp:tools:write']); // ['mcp:tools:write']
 * ```
 */
export function missingScopes(
  granted: readonly string[],
  required: readonly string[],
  hierarchy: ScopeHierarchy = defaultHierarchy,
): string[] {
  if (hasAll(granted, required)) return [];
  const held = new Set<string>();
  const queue = [...granted];
  for (let scope = queue.pop(); scope !== undefined; scope = queue.pop()) {
    if (held.has(scope)) continue;
    held.add(scope);
    if (Object.hasOwn(hierarchy, scope)) queue.push(...(hierarchy[scope] ?? []));
  }
  return required.filter((scope) => !held.has(scope));
}

/** Whether each of them was granted by its own name. The usual case: no hierarchy is needed to see it. */
export function hasAll(granted: readonly string[], required: readonly string[]): boolean {
  for (const scope of required) if (!granted.includes(scope)) return false;
  return true;
}
