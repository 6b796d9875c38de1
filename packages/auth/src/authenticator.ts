import type { Measure, Principal } from '@sallyport/core';

/** The request that credentials came with, for proofs of possession (RFC 9449). */
export interface RequestFacts {
  readonly method: string;
  /** The URL as the client calls it: the canonical one of the endpoint. */
  readonly url: string;
  /** The value of the `DPoP` header. */
  readonly dpop?: string;
  /** What the request came over, the same object for all requests that do: its last credentials need not be read twice. */
  readonly connection?: object;
}

/** Turns credentials into a principal. The edge asks one before it reads anything else of a request. */
export interface Authenticator {
  /**
   * Verifies the value of the `Authorization` header. Rejects with an {@link AuthError} only. Equal tokens give the same
   * object while it is remembered, so that what is derived from a principal can be kept with it.
   */
  authenticate(authorization: string | undefined, request?: RequestFacts): Promise<Principal>;
  /**
   * Whether these credentials hold a token that was verified here before and has not expired, whatever has become of it since:
   * nothing is verified and nobody is asked. While an address floods the edge lets only such tokens through to `authenticate`.
   */
  remembers?(authorization: string | undefined): boolean;
  /**
   * Asks, live, whether the caller is still one: rejects with `invalid` when it was revoked and with `unavailable` when nobody
   * can tell. The edge asks before each call of a sensitive or admin tool. Absent: nothing here can be revoked.
   */
  recheck?(principal: Principal): Promise<void>;
  /**
   * Resolves when it can tell callers from strangers, and rejects with an {@link AuthError} while it can tell nobody: of no issuer
   * are there keys. What is in memory counts, so an issuer that goes away later makes nobody unready. A host asks for its
   * readiness, at most once a second. Absent: always.
   */
  ready?(): Promise<void>;
  /** What it can say of itself at any time, for metrics: the age of keys, how often a token was remembered. */
  measures?(): readonly Measure[];
  /**
   * There is no issuer that clients could ask for credentials, as with API keys: a resource may then name no authorization servers.
   * Absent: there is one, and clients must be told of it.
   */
  readonly issuerless?: true;
  /** The algorithms of proofs, where the `DPoP` scheme is taken; a 401 offers it after Bearer. */
  readonly dpopAlgorithms?: readonly string[];
}
