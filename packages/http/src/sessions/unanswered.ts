import type { RpcId } from '../rpc-error.js';

/** The requests of one session that are not answered yet, by their ids. */
export class Unanswered {
  readonly #ids = new Set<RpcId>();
  #whenNone: (() => void) | undefined;

  get size(): number {
    return this.#ids.size;
  }

  get ids(): readonly RpcId[] {
    return [...this.#ids];
  }

  has(id: RpcId): boolean {
    return this.#ids.has(id);
  }

  add(id: RpcId): void {
    this.#ids.add(id);
  }

  delete(id: RpcId): void {
    this.#ids.delete(id);
    if (this.#ids.size === 0) this.#whenNone?.();
  }

  /** Runs `listener`, the last one that was given, whenever the last of them is answered. */
  whenNone(listener: () => void): void {
    this.#whenNone = listener;
  }
}
