/**
 * Jain's index of fairness (Jain, Chiu, Hawe 1984) of what each got: 1 when all got the same, 1/n when one of n got everything.
 * `undefined` when nobody got anything.
 *
 * @example
 * ```ts
 * import { jain } from 'sallyport/storm';
 *
 * jain([10, 10, 10]); // 1
 * jain([30, 0, 0]); // 1/3
 * ```
 */
export function jain(shares: readonly number[]): number | undefined {
  const sum = shares.reduce((all, one) => all + one, 0);
  const squares = shares.reduce((all, one) => all + one * one, 0);
  return squares === 0 ? undefined : (sum * sum) / (shares.length * squares);
}
