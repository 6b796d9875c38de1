/**
 * A parameter as Postgres text: arrays become Postgres arrays, other objects JSON. A JSON array must be passed as
 * `JSON.stringify(…)`.
 */
export function encodeParameter(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `{${value.map(encodeElement).join(',')}}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function encodeElement(value: unknown): string {
  if (Array.isArray(value)) return encodeParameter(value) ?? 'NULL';
  const text = encodeParameter(value);
  return text === null ? 'NULL' : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
