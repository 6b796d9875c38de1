/** Where a claim is: one name, taken literally, dots included, or the names from the outside in, `['realm_access', 'roles']`. */
export type ClaimPath = string | readonly string[];

/** The value at the path; `undefined` when there is none. Only a token's own members count. */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: ClaimPath): unknown {
  let value: unknown = claims;
  for (const name of typeof path === 'string' ? [path] : path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
