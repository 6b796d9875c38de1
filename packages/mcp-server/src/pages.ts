import { RpcError } from '@sallyport/core/adapter';

/** Cuts lists into pages. */
export interface Pages {
  /**
   * The page after `cursor` of a list whose items are named by `keyOf`. Throws −32602 for a cursor that it did not make for
   * this method, or whose item is gone: the client then starts again.
   */
  page<T>(method: string, items: readonly T[], keyOf: (item: T) => string, cursor: unknown): Promise<Page<T>>;
}

/** One page. */
interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

const tagBytes = 16;
const encoder = new TextEncoder();

/**
 * Pages of `size` items. A cursor names the last item of its page and is signed (HMAC-SHA-256, 128 bits), so items that come
 * and go elsewhere in the list do not shift it, and nobody can make one up. Servers that share a client share the `key`.
 */
export function pages(size: number, key: Uint8Array): Pages {
  if (!Number.isInteger(size) || size < 1) throw new RangeError('A page has at least one item.');
  const imported = crypto.subtle.importKey('raw', Uint8Array.from(key), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
  const tagOf = async (body: string) =>
    Buffer.from(await crypto.subtle.sign('HMAC', await imported, encoder.encode(`cursor\0${body}`)))
      .subarray(0, tagBytes)
      .toString('base64url');
  const seal = async (method: string, last: string) => {
    const body = Buffer.from(JSON.stringify([method, last])).toString('base64url');
    return `${body}.${await tagOf(body)}`;
  };
  const open = async (method: string, cursor: unknown): Promise<string> => {
    const [body = '', tag = '', ...rest] = typeof cursor === 'string' ? cursor.split('.') : [];
    const expected = await tagOf(body);
    // As text: a decoder passes over what is none of the alphabet, and one cursor has one text.
    if (rest.length > 0 || !equal(Buffer.from(tag), Buffer.from(expected))) throw badCursor();
    const [made, last] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [string, string];
    if (made !== method) throw badCursor();
    return last;
  };
  return {
    async page(method, items, keyOf, cursor) {
      let start = 0;
      if (cursor !== undefined) {
        const last = await open(method, cursor);
        start = items.findIndex((item) => keyOf(item) === last) + 1;
        if (start === 0) throw badCursor();
      }
      const cut = items.slice(start, start + size);
      const last = cut.at(-1);
      if (last === undefined || start + size >= items.length) return { items: cut };
      return { items: cut, nextCursor: await seal(method, keyOf(last)) };
    },
  };
}

function badCursor(): RpcError {
  return new RpcError(-32602, 'Invalid cursor. Start again without one.');
}

/** Takes the same time wherever the difference is. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
