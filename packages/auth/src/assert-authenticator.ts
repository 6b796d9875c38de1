import { option } from '@sallyport/core/adapter';

/** Throws a `TypeError` for what cannot authenticate anybody. */
export function assertAuthenticator(of: string, authenticator: unknown): void {
  const problem = option.having('authenticate')(authenticator);
  if (problem !== undefined)
    throw new TypeError(`${of}: the authenticator ${problem}: make it with jwtAuthenticator, say`);
}
