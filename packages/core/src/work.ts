/**
 * Keeps track of what goes on after a call was answered. A layer that answers before its `next` has settled (a deadline)
 * hands the rest to `detach`; a layer that holds something for the handler (a lease, a bulkhead slot, a claimed key)
 * gives it back in `whenSettled`. So a slot is free when the handler settles, not when its caller stops waiting.
 *
 * @example
 * ```ts
 * import type { Layer } from '@sallyport/core';
 *
 * // Holds a slot for as long as the handler runs.
 * export const slot = (take: () => () => void): Layer => ({
 *   name: 'slot',
 *   wrap: (next) => async (call) => {
 *     const giveBack = take();
 *     try {
 *       return await next(call);
 *     } finally {
 *       call.work.whenSettled(giveBack);
 *     }
 *   },
 * });
 * ```
 */
export class Work {
  #rest: Promise<unknown>[] | undefined;

  /** The answer goes out now; `rest` is what still runs. */
  detach(rest: Promise<unknown>): void {
    this.#rest ??= [];
    this.#rest.push(rest);
  }

  /** What still ran when the answer went out: nothing, in the usual case. */
  get rest(): readonly Promise<unknown>[] {
    return this.#rest ?? [];
  }

  /**
   * Runs `release` as soon as nothing below the calling layer runs any more: at once, in the usual case. Call it after
   * `next` has settled.
   */
  whenSettled(release: () => void): void {
    if (this.#rest === undefined) release();
    else void Promise.allSettled(this.#rest).then(release);
  }
}
