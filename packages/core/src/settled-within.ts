import type { Clock } from './clock.js';
import { interrupted } from './interrupted.js';
import type { Interruption } from './interruption.js';

/** The longest that a timer can wait. */
const longestMs = 2 ** 31 - 1;

/**
 * What the promise comes to, unless that takes longer than `ms`: then what `late` makes, or throws. Given an interruption, throws
 * at once when the call is interrupted. What the promise comes to after that is thrown away.
 */
export function settledWithin<T>(
  promise: Promise<T>,
  ms: number,
  clock: Clock,
  late: () => T,
  interruption?: Interruption,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const close = () => {
      clock.clearTimeout(timer);
      interruption?.unlisten(onAbort);
    };
    const onAbort = () => {
      close();
      if (interruption !== undefined) reject(interrupted(interruption));
    };
    const onTime = () => {
      close();
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    };
    const timer = ms > longestMs ? undefined : clock.setTimeout(onTime, ms);
    interruption?.listen(onAbort);
    promise.then(
      (value) => {
        close();
        resolve(value);
      },
      (error: unknown) => {
        close();
        reject(error);
      },
    );
    // What aborted before has sent its event already.
    if (interruption?.aborted) onAbort();
  });
}
