import { assertOptions, type OptionCheck, type OptionChecks, option } from '@sallyport/core/adapter';

/** What every store is told of its keys. */
const prefixCheck: OptionCheck = option.is('string');

/** Throws a `TypeError` for what is no connection, and for an option that is unknown or cannot work. */
export function assertRedis(of: string, redis: unknown, options: unknown, checks: OptionChecks): void {
  const problem = option.having('defineCommand')(redis);
  if (problem !== undefined) throw new TypeError(`${of}: the connection ${problem}: make it with connectRedis(url)`);
  assertOptions(of, options, { prefix: prefixCheck, ...checks });
}
