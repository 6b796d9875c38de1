/**
 * The only source of time in core. Everything that measures, waits or expires takes one as an argument.
 *
 * `now` is in milliseconds and must never go backwards, so the default reads the monotonic clock: stepping the wall
 * clock by an hour changes no limit and no deadline. Its origin is arbitrary.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin; monotonic. */
  now(): number;
  /** Runs `callback` once after `delayMs`. Must not keep the process alive on its own. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** Node's timers keep a process alive unless told otherwise; other runtimes return a number. */
interface Unrefable {
  unref?(): void;
}

/** Milliseconds since 1970 in UTC by the wall clock, which may be set. For what is told by the calendar, and for nothing else. */
export const systemUtc: () => number = Date.now;

/** The monotonic clock of the runtime. */
export const systemClock: Clock = {
  now: performance.now.bind(performance),
  setTimeout(callback, delayMs) {
    const timer: unknown = setTimeout(callback, delayMs);
    (timer as Unrefable).unref?.();
    return timer;
  },
  clearTimeout(timer) {
    clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
};
