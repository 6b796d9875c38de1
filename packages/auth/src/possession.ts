import { AuthError } from './auth-error.js';
import type { RequestFacts } from './authenticator.js';
import type { Credentials } from './credentials.js';
import type { DpopProofs } from './dpop-proof.js';

/**
 * Whether the caller may use the token it presents. A bound token needs the `DPoP` scheme and a proof, so that a stolen one
 * cannot be passed off as a bearer token; with `required`, every token must be bound. `undefined` when
 * there is no proof to wait for.
 */
export function assertPossession(
  { scheme, token }: Credentials,
  jkt: string | undefined,
  request: RequestFacts | undefined,
  proofs: DpopProofs | undefined,
  required: boolean,
): Promise<void> | undefined {
  if (jkt === undefined) {
    if (scheme === 'dpop') throw new AuthError('invalid', 'presented with DPoP but bound to no key');
    if (required) throw new AuthError('proof', 'bound to no key, where that is required');
    return undefined;
  }
  if (scheme === 'bearer' || proofs === undefined) {
    throw new AuthError(proofs === undefined ? 'invalid' : 'proof', 'bound to a key but presented as a bearer token');
  }
  return proofs.verify(request, token, jkt);
}
