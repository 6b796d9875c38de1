import { assertOptions, type OptionCheck, option } from '@sallyport/core/adapter';
import { audience, ownClaims } from '../option-checks.js';
import { secureUrl } from '../secure-url.js';
import { type IssuerPreset, type OwnClaims, urlPart } from './issuer-preset.js';

/** A realm of a Keycloak. */
export interface KeycloakOptions extends OwnClaims {
  /** Where Keycloak is, as its tokens say: `https://login.example.com`. */
  readonly url: string;
  readonly realm: string;
  /** What an audience mapper puts into `aud` for this server. Without a mapper Keycloak names only `account`. */
  readonly audience: string;
  /** `realm-roles` reads `realm_access.roles` instead of `scope`: all that the user may do, whatever the client was allowed. */
  readonly scopes?: 'scope' | 'realm-roles';
  /** `true` when the client has "Use at+jwt as access token header type" on. Default false. */
  readonly atJwt?: boolean;
}

const checks = {
  url: option.passing((url) => secureUrl(url as URL, 'it')),
  realm: option.text,
  audience,
  scopes: option.oneOf('scope', 'realm-roles'),
  atJwt: option.is('boolean'),
  ...ownClaims,
} satisfies Readonly<Record<keyof KeycloakOptions, OptionCheck>>;

/**
 * Access tokens of Keycloak. The header says `typ: JWT`, for ID tokens too; what tells them apart is the claim `typ`, which
 * must be `Bearer`, or `DPoP` in a token that is bound to a key. Scopes are optional client scopes in `scope`. Neither tenant nor plan is there by itself: map a user
 * attribute to a claim.
 *
 * @example
 * ```ts
 * import { jwtAuthenticator, keycloak } from '@sallyport/auth';
 *
 * jwtAuthenticator(
 *   keycloak({ url: 'https://login.example.com', realm: 'agents', audience: 'https://mcp.example.com/mcp' }),
 * );
 * ```
 */
export function keycloak(options: KeycloakOptions): IssuerPreset {
  assertOptions('keycloak', options, checks, ['url', 'realm', 'audience']);
  const { url, realm, scopes = 'scope', atJwt = false, tenant = 'tenant', plan = 'plan' } = options;
  const base = secureUrl(url, 'url').href.replace(/\/$/, '');
  const issuer = `${base}/realms/${urlPart(realm, 'realm')}`;
  return {
    issuer,
    audience: options.audience,
    jwksUrl: `${issuer}/protocol/openid-connect/certs`,
    typ: atJwt ? 'at+jwt' : 'JWT',
    required: { typ: ['Bearer', 'DPoP'] },
    claims: { scopes: scopes === 'scope' ? 'scope' : ['realm_access', 'roles'], tenant, plan },
  };
}
