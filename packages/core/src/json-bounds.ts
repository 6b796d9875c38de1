/**
 * Says in words what is too much about a parsed JSON value: nesting, element count, or a `__proto__` member, which no
 * honest caller sends and which turns into a prototype where code copies carelessly. `undefined` when nothing is. Walks
 * without recursion.
 */
export function findExcess(value: unknown, maxDepth: number, maxElements: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  let elements = 0;
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth) return `are nested deeper than ${maxDepth} levels`;
    const below: object[] = [];
    for (const node of level) {
      const isArray = Array.isArray(node);
      const keys = isArray ? node : Object.keys(node);
      elements += keys.length;
      if (elements > maxElements) return `hold more than ${maxElements} elements`;
      for (const key of keys) {
        if (!isArray && key === '__proto__') return 'hold a member named __proto__';
        const child: unknown = isArray ? key : (node as Record<string, unknown>)[key as string];
        if (typeof child === 'object' && child !== null) below.push(child);
      }
    }
    level = below;
  }
  return undefined;
}
