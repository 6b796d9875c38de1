/**
 * Keeps what was asked for last: of the keys that were set or asked for the last `most` at least, which is 1 or more, and at most twice as
 * many. Keys are held strongly. Two generations, so to forget the older one costs no walk.
 *
 * @example
 * ```ts
 * import { Recent } from '@sallyport/core/adapter';
 *
 * const lengths = new Recent<string, number>(1_000);
 * export const lengthOf = (text: string) => {
 *   let length = lengths.get(text);
 *   if (length === undefined) {
 *     length = [...text].length;
 *     lengths.set(text, length);
 *   }
 *   return length;
 * };
 * ```
 */
export class Recent<K, V extends NonNullable<unknown> | null> {
  readonly #most: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  clear(): void {
    if (this.#young.size + this.#old.size === 0) return;
    this.#young = new Map();
    this.#old = new Map();
  }
}
