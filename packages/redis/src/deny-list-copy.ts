/** What one instance knows of a shared deny list. */
export class DenyListCopy {
  readonly #until = new Map<string, number>();
  readonly #capacity: number;
  readonly #wallNow: () => number;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(capacity: number, wallNow: () => number) {
    this.#capacity = capacity;
    this.#wallNow = wallNow;
  }

  get size(): number {
    return this.#until.size;
  }

  /** Takes an entry over. A shorter time does not replace a longer one. Throws a `RangeError` when there is no room. */
  add(entry: string, until: number): void {
    const known = this.#until.get(entry);
    if (known === undefined && this.#until.size >= this.#capacity) {
      this.#sweep();
      if (this.#until.size >= this.#capacity) throw new RangeError('no room for another entry of the deny list');
    }
    this.#until.set(entry, Math.max(until, known ?? 0));
  }

  /** Forgets an entry that was taken back. */
  remove(entry: string): void {
    this.#until.delete(entry);
  }

  holds(entry: string): boolean {
    return (this.#until.get(entry) ?? 0) > this.#wallNow();
  }

  /** Walks every entry, so even a full copy must not do it for each one that is added. */
  #sweep(): void {
    const now = this.#wallNow();
    if (Math.abs(now - this.#sweptAt) < 1_000) return;
    this.#sweptAt = now;
    for (const [entry, until] of this.#until) if (until <= now) this.#until.delete(entry);
  }
}
