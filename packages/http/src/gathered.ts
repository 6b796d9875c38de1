/** So many are done at once. */
const most = 32;
/** Nothing waits for what comes so much later. */
const longestMs = 1;
// Also in a test whose timers are not real.
const { setImmediate, performance } = globalThis;

/**
 * Work of one kind that is kept and then done one after the other: at the end of the turn of the event loop, and before that when there are 32
 * of it, and when one comes a millisecond after the first.
 */
export class Gathered<T> {
  readonly #work: (all: readonly T[]) => void;
  #waiting: T[] = [];
  #firstAt = 0;
  #isDue = false;

  /** `work` must not throw: what is left of its list would be lost. */
  constructor(work: (all: readonly T[]) => void) {
    this.#work = work;
  }

  add(one: T): void {
    const now = performance.now();
    if (this.#waiting.length === 0) this.#firstAt = now;
    this.#waiting.push(one);
    if (this.#waiting.length >= most || now - this.#firstAt >= longestMs) this.workNow();
    else if (!this.#isDue) {
      this.#isDue = true;
      setImmediate(this.#onTurnEnd);
    }
  }

  readonly workNow = (): void => {
    const all = this.#waiting;
    if (all.length === 0) return;
    this.#waiting = [];
    this.#work(all);
  };

  readonly #onTurnEnd = (): void => {
    this.#isDue = false;
    this.workNow();
  };
}
