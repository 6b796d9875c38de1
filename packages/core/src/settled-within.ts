import type { Clock } from './clock.js';
import { interrupted } from './interrupted.js';
import type { Interruption } from './interruption.js';

/**
 * What the promise comes to, unless that takes longer than `ms`: then what `late` makes is thrown. Throws at once when the call
 * is interrupted. What the promise comes to after that is thrown away.
 */
export function settledWithin<T>(
  promise: Promise<T>,
  ms: number,
  clock: Clock,
  interruption: Interruption,
  late: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const close = () => {
      clock.clearTimeout(timer);
      interruption.unlisten(onAbort);
    };
    const giveUp = (error: Error) => {
      close();
      reject(error);
    };
    const onAbort = () => giveUp(interrupted(interruption));
    const timer = clock.setTimeout(() => giveUp(late()), ms);
    interruption.listen(onAbort);
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
    if (interruption.aborted) onAbort();
  });
}
