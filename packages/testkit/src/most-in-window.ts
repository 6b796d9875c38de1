/** One admitted call of a recorded history. */
export interface AdmittedUnits {
  /** When it was admitted, in milliseconds on the store's clock. */
  readonly atMs: number;
  readonly units: number;
}

/**
 * The most units that any rolling window of `windowMs` holds, by comparing all of them: the offline judge of a limiter,
 * with nothing in common with the way it counts. A window is half open: what is `windowMs` old has left it.
 *
 * @example
 * ```ts
 * import { mostInWindow } from '@sallyport/testkit';
 *
 * mostInWindow([{ atMs: 59_999, units: 60 }, { atMs: 60_001, units: 60 }], 60_000); // 120: a fixed window let it through
 * ```
 */
export function mostInWindow(history: readonly AdmittedUnits[], windowMs: number): number {
  let most = 0;
  for (const { atMs: start } of history) {
    let held = 0;
    for (const { atMs, units } of history) if (atMs >= start && atMs < start + windowMs) held += units;
    most = Math.max(most, held);
  }
  return most;
}
