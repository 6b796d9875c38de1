import { AuthError } from './auth-error.js';
import { hasUniqueMembers } from './unique-members.js';

/** Throws `invalid` unless there are three parts, the first two of them JSON in which no name occurs twice. Cheap, and before any key is looked for. */
export function assertUnambiguous(token: string): void {
  const parts = token.split('.');
  if (parts.length !== 3) throw new AuthError('invalid', 'not a JWS in compact form');
  for (const part of parts.slice(0, 2)) {
    if (!hasUniqueMembers(Buffer.from(part, 'base64url').toString('utf8'))) {
      throw new AuthError('invalid', 'a header or claim occurs twice');
    }
  }
}
