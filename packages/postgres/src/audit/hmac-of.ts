import { createHmac } from 'node:crypto';
import { canonicalJson } from '@sallyport/core';

/** What stands for a value in the trail: equal values can be recognised by whoever has the key, and read by nobody. */
export function hmacOf(key: string, value: unknown): string {
  return `hmac-sha256:${createHmac('sha256', key).update(canonicalJson(value)).digest('hex')}`;
}
