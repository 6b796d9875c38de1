import { createHash } from 'node:crypto';

/** The name of one key: of which tenant, which kind of thing, and which of them. */
export type KeyOf = (tenant: string, kind: string, name: string) => string;

/** Redis would take longer ones, and keep each of them in memory. */
const maxNameLength = 200;

/**
 * Keys as `prefix{tenant}:kind:name`. The tenant is the hash tag, so everything of one tenant lies in one slot of a Redis
 * Cluster and one script may touch all of it. Tenants and names may be any text: two different ones never share a key. What
 * would end the hash tag, or is not valid UTF-16, is escaped; a name over 200 characters is its SHA-256, of the kind
 * `kind#`. Throws a `TypeError` for a prefix or a kind that could be mistaken for another part.
 *
 * @example
 * ```ts
 * import { keyLayout } from '@sallyport/redis';
 *
 * const key = keyLayout('sallyport:');
 * key('acme', 'window', 'agent-1'); // sallyport:{acme}:window:agent-1
 * ```
 */
export function keyLayout(prefix: string): KeyOf {
  if (/[{}]/.test(prefix))
    throw new TypeError('A key prefix must not contain braces: they are the hash tag of the tenant.');
  return (tenant, kind, name) => {
    if (!/^[a-z]+$/.test(kind)) throw new TypeError(`"${kind}" is not a kind of key: they are lower-case words`);
    const tag = `${prefix}{${hashTag(tenant)}}:${kind}`;
    if (name.length > maxNameLength) return `${tag}#${createHash('sha256').update(wellFormed(name)).digest('hex')}`;
    return `${tag}:${wellFormed(name)}`;
  };
}

/** Never empty, never with a brace, and different for different tenants. A `%` is followed by what it escapes. */
function hashTag(tenant: string): string {
  return tenant === '' ? '%' : tenant.replaceAll(/[%{}]|\p{Cs}/gu, escaped);
}

/** Lone surrogates would all become one and the same character on the wire. */
function wellFormed(name: string): string {
  return name.replaceAll(/%|\p{Cs}/gu, escaped);
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}
