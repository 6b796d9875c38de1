/** A promise that the test settles, for handlers that must run for as long as the test says. */
export interface Gate<T> {
  readonly promise: Promise<T>;
  open(value: T): void;
  fail(error: unknown): void;
}

/**
 * Makes a closed gate.
 *
 * @example
 * ```ts
 * import { gate } from '@sallyport/testkit';
 *
 * const answer = gate<string>();
 * const handler = () => answer.promise;
 * answer.open('done');
 * ```
 */
export function gate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}
