import { createHmac } from 'node:crypto';
import { canonicalJson, type JsonSchema } from '@sallyport/core';
import { type Schema, schemasBelow } from './schema-below.js';
import { restsAt } from './secret-path.js';

/** What the secrets of a tool are, and what stands for them. */
export interface Secrets {
  /** `card`, `customer.ssn`, `cards.*.number`, in what agents send. */
  readonly paths: readonly string[];
  /** Of what agents send. */
  readonly schema: JsonSchema;
  readonly key: string;
}

/**
 * The arguments as they were sent, with an HMAC-SHA-256 of its canonical JSON for each value at one of the paths: equal
 * secrets can be recognised by whoever has the key, and read by nobody. So it is for what the schema does not name, and for
 * what is no object or array where a path leads further: a secret may be in it. Where the schema found a secret (`made` is
 * what it made of the arguments) at a place where none was sent, nobody knows where it came from: one HMAC stands for all.
 */
export function hideSecrets(sent: unknown, made: unknown, { paths, schema, key }: Secrets): unknown {
  const hmac = (value: unknown): string =>
    `hmac-sha256:${createHmac('sha256', key).update(canonicalJson(value)).digest('hex')}`;

  const hide = (value: unknown, rests: readonly string[], schemas: readonly Schema[]): unknown => {
    if (rests.includes('')) return hmac(value);
    if (typeof value !== 'object' || value === null) return rests.length > 0 && value !== null ? hmac(value) : value;
    const below = (name: string, item: unknown): unknown => {
      const declared = new Set(schemas.flatMap((each) => schemasBelow(schema, each, name)));
      return declared.size === 0 ? hmac(item) : hide(item, restsAt(rests, name), [...declared]);
    };
    if (Array.isArray(value)) return value.map((item, i) => below(String(i), item));
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, below(name, item)]));
  };

  const places = new Set(placesOf(sent, paths));
  return placesOf(made, paths).every((place) => places.has(place)) ? hide(sent, paths, [schema]) : hmac(sent);
}

/** Where in the value a path ends. */
function placesOf(value: unknown, rests: readonly string[], place = ''): readonly string[] {
  if (value === undefined) return [];
  if (rests.includes('')) return [place];
  if (rests.length === 0 || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => placesOf(item, restsAt(rests, name), `${place}/${name}`));
}
