/**
 * `missing`: no credentials at all. `proof`: a good token, but no good proof that it is the caller's (RFC 9449).
 * `unavailable`: nobody can tell now, because no key or no answer can be had.
 */
export type AuthErrorKind = 'missing' | 'invalid' | 'expired' | 'proof' | 'unavailable';

const messages: Readonly<Record<AuthErrorKind, string>> = {
  missing: 'This server needs a bearer token in the Authorization header.',
  invalid: 'The access token is not valid for this server.',
  expired: 'The access token has expired.',
  proof: 'The access token needs a DPoP proof that is valid for this request.',
  unavailable: 'Access tokens cannot be verified at the moment.',
};

/**
 * Why a caller was not let in. Neither the message nor the reason ever holds the token or a part of it.
 *
 * @example
 * ```ts
 * import { AuthError, type Authenticator } from '@sallyport/auth';
 *
 * // Counts the tokens that have expired.
 * export const counting = (inner: Authenticator, count: () => void): Authenticator['authenticate'] =>
 *   (...request) =>
 *     inner.authenticate(...request).catch((error: unknown) => {
 *       if (error instanceof AuthError && error.kind === 'expired') count();
 *       throw error;
 *     });
 * ```
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly kind: AuthErrorKind;
  /** For the log, not for the caller: which check failed. */
  readonly reason: string;
  /** The nonce that the next proof must carry (RFC 9449 section 9): the answer gives it as `DPoP-Nonce`. */
  readonly dpopNonce: string | undefined;

  constructor(kind: AuthErrorKind, reason: string, options: ErrorOptions & { readonly dpopNonce?: string } = {}) {
    super(messages[kind], 'cause' in options ? { cause: options.cause } : undefined);
    this.kind = kind;
    this.reason = reason;
    this.dpopNonce = options.dpopNonce;
  }

  /** The HTTP status this error answers with. */
  get status(): 401 | 503 {
    return this.kind === 'unavailable' ? 503 : 401;
  }
}
