import { AuthError } from './auth-error.js';
import { claimAt } from './claim-path.js';

/**
 * The thumbprint of the key a token is bound to by `cnf.jkt` (RFC 7800, RFC 9449 section 6.1). Throws `invalid` for another
 * kind of binding, such as a client certificate's: a binding nobody checks is worth nothing to its owner.
 */
export function boundKey(claims: Readonly<Record<string, unknown>>): string | undefined {
  if (claimAt(claims, 'cnf') === undefined) return undefined;
  const jkt = claimAt(claims, ['cnf', 'jkt']);
  if (typeof jkt !== 'string' || jkt === '')
    throw new AuthError('invalid', 'bound by a confirmation that is not checked here');
  return jkt;
}
