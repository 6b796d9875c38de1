import { AuthError } from './auth-error.js';

/** What an `Authorization` header presents. */
export interface Credentials {
  readonly scheme: 'bearer' | 'dpop';
  readonly token: string;
}

/** Longer tokens are refused unread. */
const maxTokenBytes = 16 * 1024;

/** RFC 6750 section 2.1: one space or more, then one `b64token`. RFC 9449 section 7.1: the same after `DPoP`. */
const presented = /^(Bearer|DPoP) +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** The token of an `Authorization` header as it would be taken; `undefined` when there is none that could be. Never throws. */
export function presentedToken(authorization: string | undefined): string | undefined {
  const value = authorization?.trim() ?? '';
  return value.length > maxTokenBytes ? undefined : presented.exec(value)?.[2];
}

/**
 * The token of an `Authorization` header, after `Bearer` or, where `dpop` is taken, after `DPoP`. Throws `missing` when there
 * are no such credentials, `invalid` when they are malformed.
 */
export function credentials(authorization: string | undefined, dpop: boolean): Credentials {
  const value = authorization?.trim() ?? '';
  if (value === '') throw new AuthError('missing', 'no Authorization header');
  if (!(dpop ? /^(?:Bearer|DPoP)(?: |$)/i : /^Bearer(?: |$)/i).test(value)) {
    throw new AuthError('missing', 'a scheme that is not taken here');
  }
  if (value.length > maxTokenBytes) throw new AuthError('invalid', 'token too long');
  const [, scheme, token] = presented.exec(value) ?? [];
  if (scheme === undefined || token === undefined) throw new AuthError('invalid', 'malformed credentials');
  return { scheme: scheme.toLowerCase() as Credentials['scheme'], token };
}
