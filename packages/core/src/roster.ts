/** A place in a {@link Roster}. */
export interface Seat<T> {
  readonly member: T;
  /** Kept by the roster; negative when the seat was given back. */
  at: number;
}

/**
 * Who is there now, where members come and go thousands of times a second. Not a `Set`: each time V8 rebuilds the table of one,
 * the old table keeps the new one alive, and once one of them has grown old in the heap, so do all that follow, with
 * everybody who was in them, until the next full collection.
 */
export class Roster<T> implements Iterable<T> {
  readonly #seats: Seat<T>[] = [];

  get size(): number {
    return this.#seats.length;
  }

  enter(member: T): Seat<T> {
    const seat = { member, at: this.#seats.length };
    this.#seats.push(seat);
    return seat;
  }

  /** Gives the seat back. Twice is once. */
  leave(seat: Seat<T>): void {
    const last = this.#seats.at(-1);
    if (seat.at < 0 || last === undefined) return;
    this.#seats[seat.at] = last;
    last.at = seat.at;
    this.#seats.pop();
    seat.at = -1;
  }

  /** Those that are there when it begins, in no order that means anything. */
  *[Symbol.iterator](): Iterator<T> {
    for (const { member } of [...this.#seats]) yield member;
  }
}
