import type { Principal } from './principal.js';

/**
 * Where `authInfo.extra` of an SDK request carries the verified principal. A symbol: no claim of a token, whoever copies
 * claims into `extra`, can stand in its place.
 */
const principalKey: unique symbol = Symbol.for('dev.sallyport/principal');

/** The part of both SDKs' `AuthInfo` that Sallyport fills in. */
export interface CarriedAuth {
  /** Always empty: handlers cannot leak what they do not have. */
  token: string;
  clientId: string;
  scopes: string[];
  expiresAt?: number;
  extra: Record<string, unknown>;
}

/** What an edge hands to an SDK transport for a caller it has verified. The principal arrives as the same object. */
export function authInfoOf(principal: Principal): CarriedAuth {
  return {
    token: '',
    clientId: principal.clientId ?? principal.subject,
    scopes: [...principal.scopes],
    ...(principal.expiresAt === undefined ? {} : { expiresAt: principal.expiresAt }),
    extra: { [principalKey as unknown as string]: principal },
  };
}

/** The principal an edge put there; `undefined` when the `authInfo` comes from somebody else. */
export function principalIn(authInfo: object): Principal | undefined {
  const { extra } = authInfo as { readonly extra?: { readonly [principalKey]?: Principal } };
  return extra?.[principalKey];
}
