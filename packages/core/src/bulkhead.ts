/** At most so many at once. Nobody waits: who finds it full is told so. */
export class Bulkhead {
  readonly capacity: number;
  #used = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get used(): number {
    return this.#used;
  }

  get isFull(): boolean {
    return this.#used >= this.capacity;
  }

  /** Takes a slot; the function gives it back, once however often it is called. Throws a `RangeError` when there is none. */
  take(): () => void {
    if (this.isFull) throw new RangeError('the bulkhead is full');
    this.#used++;
    let held = true;
    return () => {
      if (held) this.#used--;
      held = false;
    };
  }
}
