/**
 * RFC 8785 canonical JSON: equal values have equal text, whatever the order of their members, and different values different
 * text. Throws a `TypeError` for what is not plain JSON data (an instance of a class, a date, a map, a bigint, `NaN`, a
 * function, a hole): what such a value holds cannot be seen, and two of them would have one text. Members that are `undefined`
 * are none. Expects a value whose depth is bounded.
 *
 * @example
 * ```ts
 * import { canonicalJson } from '@sallyport/core';
 *
 * canonicalJson({ b: 1, a: 2 }) === canonicalJson({ a: 2, b: 1 }); // true
 * ```
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  // Not `map`, which skips holes.
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`;
  if (!isPlain(value)) throw new TypeError('Only plain JSON data has a canonical text.');
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** Also of another realm, whose `Object.prototype` is another one. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
