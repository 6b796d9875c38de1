const bits = 12;
const size = 2 ** bits;

/**
 * Numbers under 0, 1, 2 …, all 0 at first, outside of the heap. They grow in pages of 4,096, so nothing is copied and thrown away: freed
 * arrays of many megabytes seldom go back to the system.
 */
export class Pages<A extends Float64Array | Uint32Array> {
  readonly #pages: A[] = [];
  readonly #Page: new (
    length: number,
  ) => A;

  constructor(Page: new (length: number) => A) {
    this.#Page = Page;
  }

  /** How many numbers there is room for. */
  get length(): number {
    return this.#pages.length * size;
  }

  /** 0 where nothing was set. */
  get(at: number): number {
    return this.#pages[at >>> bits]?.[at & (size - 1)] ?? 0;
  }

  set(at: number, value: number): void {
    const index = at >>> bits;
    while (this.#pages.length <= index) this.#pages.push(new this.#Page(size));
    (this.#pages[index] as A)[at & (size - 1)] = value;
  }
}
