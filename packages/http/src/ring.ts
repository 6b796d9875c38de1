/** The place of a member in a {@link Ring}. */
interface Place<T> {
  readonly member: T | undefined;
  before: Place<T>;
  after: Place<T>;
}

/**
 * Members in the order in which they were moved to the end last. Moving one costs no memory: a `Map` that is deleted from and
 * added to all day rebuilds its table all day, and the old tables keep what was in them until a full collection.
 */
export class Ring<T> implements Iterable<T> {
  readonly #end: Place<T>;

  constructor() {
    const end = { member: undefined } as Place<T>;
    end.before = end;
    end.after = end;
    this.#end = end;
  }

  /** Adds the member at the end. */
  add(member: T): Place<T> {
    const place: Place<T> = { member, before: this.#end, after: this.#end };
    this.#link(place);
    return place;
  }

  toEnd(place: Place<T>): void {
    this.remove(place);
    this.#link(place);
  }

  /** Twice is once. */
  remove(place: Place<T>): void {
    place.before.after = place.after;
    place.after.before = place.before;
    place.before = place;
    place.after = place;
  }

  /** From the one that was moved longest ago. The member at hand may be removed. */
  *[Symbol.iterator](): Iterator<T> {
    let place = this.#end.after;
    while (place !== this.#end) {
      const { after } = place;
      yield place.member as T;
      place = after;
    }
  }

  #link(place: Place<T>): void {
    place.before = this.#end.before;
    place.after = this.#end;
    place.before.after = place;
    this.#end.before = place;
  }
}
