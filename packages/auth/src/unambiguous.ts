import { AuthError } from './auth-error.js';
import { hasUniqueMembers } from './unique-members.js';

/**
 * Throws `invalid` unless there are three parts in base64url as RFC 7515 writes it, without padding or stray bits, so that one
 * token has one spelling, and the first two are JSON in which no name occurs twice. Cheap, and before any key is looked for.
 */
export function assertUnambiguous(token: string): void {
  const parts = token.split('.');
  if (parts.length !== 3) throw new AuthError('invalid', 'not a JWS in compact form');
  const decoded = parts.map((part) => Buffer.from(part, 'base64url'));
  if (decoded.some((bytes, i) => bytes.toString('base64url') !== parts[i])) {
    throw new AuthError('invalid', 'not base64url');
  }
  if (!decoded.slice(0, 2).every((bytes) => hasUniqueMembers(bytes.toString('utf8')))) {
    throw new AuthError('invalid', 'a header or claim occurs twice');
  }
}
