export { AuthError, type AuthErrorKind } from './auth-error.js';
export type { Authenticator } from './authenticator.js';
export { insufficientScopeChallenge, unauthorizedChallenge } from './challenge.js';
export { type JwtAuthenticator, type JwtAuthenticatorOptions, jwtAuthenticator } from './jwt-authenticator.js';
export { isLoopback } from './loopback.js';
export { metadataPath } from './metadata-path.js';
export type { ClaimNames } from './principal-of.js';
export {
  type ProtectedResource,
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
} from './protected-resource-metadata.js';
