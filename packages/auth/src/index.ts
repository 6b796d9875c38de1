export type { DenyList, Revoked } from '@sallyport/core';
export { type NewApiKey, newApiKey } from './api-key.js';
export { type ApiKey, apiKeys } from './api-keys.js';
export { AuthError, type AuthErrorKind } from './auth-error.js';
export type { Authenticator, RequestFacts } from './authenticator.js';
export { byIssuer, type IssuerAuthenticator } from './by-issuer.js';
export { insufficientScopeChallenge, unauthorizedChallenge } from './challenge.js';
export type { ClaimPath } from './claim-path.js';
export { type IntrospectionOptions, introspection } from './introspection.js';
export { type Auth0Options, auth0 } from './issuers/auth0.js';
export { type CognitoOptions, cognito } from './issuers/cognito.js';
export { type EntraIdOptions, entraId } from './issuers/entra-id.js';
export type { IssuerPreset } from './issuers/issuer-preset.js';
export { type KeycloakOptions, keycloak } from './issuers/keycloak.js';
export { type OktaOptions, okta } from './issuers/okta.js';
export {
  type AgingKeys,
  type JwtAuthenticator,
  type JwtAuthenticatorOptions,
  jwtAuthenticator,
} from './jwt-authenticator.js';
export { isLoopback } from './loopback.js';
export { type MemoryDenyList, type MemoryDenyListOptions, memoryDenyList } from './memory-deny-list.js';
export { metadataPath } from './metadata-path.js';
export type { ClaimNames } from './principal-of.js';
export {
  type ProtectedResource,
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
} from './protected-resource-metadata.js';
export { type RevocableOptions, revocable } from './revocable.js';
export {
  type ExchangedToken,
  type ExchangeTarget,
  type TokenExchange,
  type TokenExchangeOptions,
  tokenExchange,
} from './token-exchange.js';
