import type { Principal } from '@sallyport/core';

/** Turns credentials into a principal. The edge asks one before it reads anything else of a request. */
export interface Authenticator {
  /**
   * Verifies the value of the `Authorization` header. Rejects with an {@link AuthError} only. Equal tokens give the same
   * object while it is remembered, so that what is derived from a principal can be kept with it.
   */
  authenticate(authorization: string | undefined): Promise<Principal>;
}
