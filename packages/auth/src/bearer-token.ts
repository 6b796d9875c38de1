import { AuthError } from './auth-error.js';

/** Longer tokens are refused unread. */
const maxTokenBytes = 16 * 1024;

/** RFC 6750 section 2.1: one space or more, then one `b64token`. */
const bearer = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** The token of an `Authorization` header. Throws `missing` when it has no bearer credentials, `invalid` when they are malformed. */
export function bearerToken(authorization: string | undefined): string {
  const value = authorization?.trim() ?? '';
  if (value === '') throw new AuthError('missing', 'no Authorization header');
  if (!/^Bearer(?: |$)/i.test(value)) throw new AuthError('missing', 'another scheme than Bearer');
  if (value.length > maxTokenBytes) throw new AuthError('invalid', 'token too long');
  const token = bearer.exec(value)?.[1];
  if (token === undefined) throw new AuthError('invalid', 'malformed bearer credentials');
  return token;
}
