/**
 * Whether a zod 4 schema may have to wait: it holds a function of its author's (a refinement, a transform), and nobody can tell
 * what that returns before it is called. For a schema of another library `false`: it says itself what it answers.
 */
export function mayBeAsync(schema: object): boolean {
  return '_zod' in schema && holdsFunction(schema, new Set());
}

function holdsFunction(schema: unknown, seen: Set<unknown>): boolean {
  if (typeof schema === 'function') return true;
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return false;
  seen.add(schema);
  if ('_zod' in schema) return holdsFunction((schema._zod as { readonly def: unknown }).def, seen);
  if (schema instanceof RegExp) return false;
  // Added with `check` or `superRefine`, whose function is not in the definition.
  if ('check' in schema && schema.check === 'custom') return true;
  return Object.entries(schema).some(([key, part]) => !own.has(key) && holdsFunction(part, seen));
}

/** Functions of zod's own: whether a check runs at all, how a text is trimmed, how an error is worded. None may wait. */
const own: ReadonlySet<string> = new Set(['when', 'tx', 'error', 'defaultValue', 'catchValue']);
