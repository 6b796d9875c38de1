import type { Random } from '@sallyport/core';

/** A call that an agent may make. */
export interface Operation {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Whether each call carries an idempotency key of its own, the same when it is repeated: for tools that write. Default false. */
  readonly keyed?: boolean;
}

/** What an agent calls next. `number` counts its calls from 0. Must depend on nothing else if runs are to be repeated. */
export type Operations = (random: Random, number: number) => Operation;

/**
 * Any of them, each as likely as the others. Throws a `RangeError` when there are none.
 *
 * @example
 * ```ts
 * import { anyOf } from 'sallyport/storm';
 *
 * const operations = anyOf([
 *   { tool: 'list_tables', arguments: {} },
 *   { tool: 'create_order', arguments: { item: 'tea' }, keyed: true },
 * ]);
 * ```
 */
export function anyOf(operations: readonly Operation[]): Operations {
  const [first, ...others] = operations;
  if (first === undefined) throw new RangeError('an agent needs at least one operation');
  return (random) => operations[Math.floor(random() * (others.length + 1))] ?? first;
}
