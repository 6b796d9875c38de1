import { canonicalJson, type JsonSchema } from '@sallyport/core';
import { hmacOf } from './hmac-of.js';
import { isUnnamed, type Schema, schemasBelow } from './schema-below.js';
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
 * what is nothing that a path could lead through where one leads further: a secret may be in it. Where the schema found a secret
 * (`made` is what it made of the arguments) at a place where none was sent, nobody knows where it came from, and where it can still
 * be read in what was sent, it came from there: one HMAC stands for all.
 */
export function hideSecrets(sent: unknown, made: unknown, { paths, schema, key }: Secrets): unknown {
  const hmac = (value: unknown): string => hmacOf(key, value);

  /** With `stands` in place of everything that is, or may be, secret. */
  const hide = (stands: (value: unknown) => unknown): unknown => {
    const at = (value: unknown, rests: readonly string[], schemas: readonly Schema[]): unknown => {
      if (rests.includes('')) return stands(value);
      if (typeof value !== 'object' || value === null)
        return rests.length > 0 && value !== null ? stands(value) : value;
      const below = (name: string, item: unknown): unknown => {
        const declared = new Set(schemas.flatMap((each) => schemasBelow(schema, each, name)));
        return declared.size === 0 ? stands(item) : at(item, restsAt(rests, name), [...declared]);
      };
      if (Array.isArray(value)) {
        // Not through an array: whoever named the path meant something else to be here.
        return rests.every(throughArray) ? value.map((item, i) => below(String(i), item)) : stands(value);
      }
      const ofName = (name: string, item: unknown): unknown =>
        restsAt(rests, name).length === 0 && isUnnamed(schema, schemas, name) ? stands(item) : below(name, item);
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, ofName(name, item)]));
    };
    return at(sent, paths, [schema]);
  };

  const given = new Map(secretsOf(sent, paths));
  const found = secretsOf(made, paths);
  if (found.some(([place]) => !given.has(place))) return hmac(sent);
  const readable = canonicalJson(hide(() => null));
  // What the schema left as it was sent has been hidden where it was.
  const moved = found.flatMap(([place, value]) =>
    textsIn(value).filter((part) => !textsIn(given.get(place)).includes(part)),
  );
  return moved.some((part) => readable.includes(part)) ? hmac(sent) : hide(hmac);
}

/** What is at the ends of the paths, by its place. */
function secretsOf(value: unknown, rests: readonly string[], place = ''): readonly (readonly [string, unknown])[] {
  if (value === undefined) return [];
  if (rests.includes('')) return [[place, value]];
  if (rests.length === 0 || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => secretsOf(item, restsAt(rests, name), `${place}/${name}`));
}

function throughArray(rest: string): boolean {
  return /^(\*|\d+)(\.|$)/.test(rest);
}

/** The texts and numbers in a value, as they are written in JSON, without quotes. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  if (value === '' || !['string', 'number', 'bigint'].includes(typeof value)) return [];
  return [typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : String(value)];
}
