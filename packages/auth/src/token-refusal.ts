import { errors } from 'jose';
import { AuthError } from './auth-error.js';

/** The one door for jose's errors. They hold the token's claims, so none of them is passed on as a cause. */
export function refusal(error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  if (error instanceof errors.JWTExpired) return new AuthError('expired', 'exp has passed');
  if (error instanceof errors.JWTClaimValidationFailed)
    return new AuthError('invalid', `${error.claim} ${error.reason}`);
  if (error instanceof errors.JOSEError) return new AuthError('invalid', error.code);
  return new AuthError('invalid', 'not a token');
}
