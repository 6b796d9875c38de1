import type { ClaimPath } from '../claim-path.js';
import type { JwtAuthenticatorOptions } from '../jwt-authenticator.js';

/** The options of `jwtAuthenticator` that follow from the product that issues the tokens. Spread it to change one. */
export type IssuerPreset = Pick<
  JwtAuthenticatorOptions,
  'issuer' | 'audience' | 'audienceClaim' | 'algorithms' | 'typ' | 'claims' | 'required'
> & { readonly jwksUrl: string };

/** Claims that you have configured at the issuer yourself. */
export interface OwnClaims {
  readonly tenant?: ClaimPath;
  readonly plan?: ClaimPath;
}

/** Throws a `TypeError` for a text that would change the URL it is put into. */
export function urlPart(value: string, name: string): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9._:-]+$/.test(value))
    throw new TypeError(`${name} must be a plain name, without scheme, path or spaces`);
  return value;
}
