/**
 * Who holds a slot of one limit, and until when. Two arrays and not a `Map`: of the few that run at once the oldest ends first,
 * and a table that is added to and deleted from all day is rebuilt all day.
 */
export class Leases {
  readonly #ids: string[] = [];
  readonly #untils: number[] = [];

  /** Of those that were taken, also those that have expired since {@link live} was asked. */
  get size(): number {
    return this.#ids.length;
  }

  /** How many have not expired; forgets the others. */
  live(now: number): number {
    for (let i = this.#ids.length - 1; i >= 0; i--) if ((this.#untils[i] ?? 0) <= now) this.#remove(i);
    return this.#ids.length;
  }

  take(id: string, until: number): void {
    this.#ids.push(id);
    this.#untils.push(until);
  }

  /** Changes nothing when the lease is gone. */
  renew(id: string, now: number, until: number): void {
    const at = this.#ids.indexOf(id);
    if (at >= 0 && (this.#untils[at] ?? 0) > now) this.#untils[at] = until;
  }

  release(id: string): void {
    const at = this.#ids.indexOf(id);
    if (at >= 0) this.#remove(at);
  }

  #remove(at: number): void {
    if (at === this.#ids.length - 1) {
      this.#ids.pop();
      this.#untils.pop();
    } else {
      this.#ids.splice(at, 1);
      this.#untils.splice(at, 1);
    }
  }
}
