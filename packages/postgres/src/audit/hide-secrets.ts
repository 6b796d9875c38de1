import { createHmac } from 'node:crypto';
import { canonicalJson } from '@sallyport/core';

/**
 * A copy of the arguments in which each value at one of the paths (`card`, `customer.ssn`, `cards.*.number`) is replaced by an
 * HMAC-SHA-256 of its canonical JSON: equal secrets can be recognised by whoever has the key, and read by nobody.
 */
export function hideSecrets(input: unknown, paths: readonly string[], key: string): unknown {
  return paths.reduce<unknown>((value, path) => hideAt(value, path.split('.'), key), input);
}

function hideAt(value: unknown, [name, ...rest]: readonly string[], key: string): unknown {
  if (name === undefined) return `hmac-sha256:${createHmac('sha256', key).update(canonicalJson(value)).digest('hex')}`;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return value.map((item, i) => (name === '*' || name === String(i) ? hideAt(item, rest, key) : item));
  return Object.fromEntries(
    Object.entries(value).map(([field, item]) => [
      field,
      name === '*' || name === field ? hideAt(item, rest, key) : item,
    ]),
  );
}
