/**
 * A repeatable stream of numbers in [0, 1) for generated tests (mulberry32). Not for secrets.
 *
 * @example
 * ```ts
 * import { randomFrom } from '@sallyport/testkit';
 *
 * const random = randomFrom(42);
 * const delays = Array.from({ length: 100 }, () => Math.floor(random() * 1_000)); // the same in every run
 * ```
 */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
