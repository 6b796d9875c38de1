import { performance } from 'node:perf_hooks';
import { clearImmediate, setImmediate } from 'node:timers';

/** So many are done at once. */
const most = 32;
/** What has waited so long when another comes is done. */
const longestMs = 1;

/**
 * Work of one kind that is kept and then done one after the other: at the end of the turn of the event loop, and before that as soon as there are
 * 32 of it, or one comes a millisecond or more after the first.
 */
export class Gathered<T> {
  readonly #work: (all: readonly T[]) => void;
  #waiting: T[] = [];
  #firstAt = 0;
  #due: NodeJS.Immediate | undefined;

  /** `work` must not throw: what is left of its list would be lost. */
  constructor(work: (all: readonly T[]) => void) {
    this.#work = work;
  }

  /** Does it at once, with all that waits, where a bound is reached. */
  add(one: T): void {
    const now = performance.now();
    if (this.#waiting.length === 0) this.#firstAt = now;
    this.#waiting.push(one);
    if (this.#waiting.length >= most || now - this.#firstAt >= longestMs) this.workNow();
    else this.#due ??= setImmediate(this.workNow);
  }

  /** Does all that waits. */
  readonly workNow = (): void => {
    // Otherwise the event loop would turn once more for nothing.
    clearImmediate(this.#due);
    this.#due = undefined;
    const all = this.#waiting;
    if (all.length === 0) return;
    this.#waiting = [];
    this.#work(all);
  };
}
