/** When each of a login's backends began, by process id: both together name one. */
export type Backends = ReadonlyMap<number, string>;

interface Watched {
  readonly pid: number;
  readonly onGone: () => void;
  /** Unknown until it has been seen once. */
  start: string | undefined;
}

const firstDelayMs = 100;
const longestDelayMs = 2_000;

/**
 * Waits for backends whose connection was cut while a statement ran: some functions never look whether they were cancelled or
 * whether anybody still listens. Asks which backends there are, at first soon and then at ever longer intervals up to 2 s, with
 * one question for all, until each is gone. A question that fails is no answer, so a backend counts as there until the server
 * has said otherwise. Keeps no process alive.
 */
export class BackendWatch {
  readonly #ask: () => Promise<Backends>;
  readonly #watched = new Set<Watched>();
  #delayMs = firstDelayMs;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  #stopped = false;

  constructor(ask: () => Promise<Backends>) {
    this.#ask = ask;
  }

  /** Calls `onGone` once the backend with this process id is gone; at once after {@link stop}. */
  add(pid: number, onGone: () => void): void {
    if (this.#stopped) {
      onGone();
      return;
    }
    this.#watched.add({ pid, onGone, start: undefined });
    this.#delayMs = firstDelayMs;
    this.#schedule();
  }

  /** Waits for none any longer. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const each of this.#watched) this.#gone(each);
  }

  #schedule(): void {
    if (this.#asking || this.#watched.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), this.#delayMs).unref();
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
  }

  async #look(): Promise<void> {
    this.#asking = true;
    // One that is added meanwhile is not in the answer's question.
    const asked = [...this.#watched];
    const backends = await this.#ask().catch(() => undefined);
    this.#asking = false;
    if (this.#stopped) return;
    for (const each of backends === undefined ? [] : asked) {
      const start = backends?.get(each.pid);
      if (start === undefined || (each.start ?? start) !== start) this.#gone(each);
      else each.start = start;
    }
    this.#schedule();
  }

  #gone(watched: Watched): void {
    this.#watched.delete(watched);
    watched.onGone();
  }
}
