import { assertOptions, type OptionCheck, option } from '@sallyport/core/adapter';
import { audience, ownClaims } from '../option-checks.js';
import { type IssuerPreset, type OwnClaims, urlPart } from './issuer-preset.js';

/** A tenant of Auth0 and an API in it. */
export interface Auth0Options extends OwnClaims {
  /** `example.eu.auth0.com`, or your custom domain. */
  readonly domain: string;
  /** The identifier of the API, which is what clients ask for as `audience` or `resource`. */
  readonly audience: string;
  /** Which access token profile the API has. Default `auth0`. */
  readonly profile?: 'auth0' | 'rfc9068';
}

const checks = {
  domain: option.text,
  audience,
  profile: option.oneOf('auth0', 'rfc9068'),
  ...ownClaims,
} satisfies Readonly<Record<keyof Auth0Options, OptionCheck>>;

/**
 * Access tokens of Auth0. Its default profile sends `typ: JWT` and the client as `azp`; the RFC 9068 profile, which is the
 * better choice, sends `at+jwt` and `client_id`. Scopes are `scope`, not `permissions`: with RBAC those are all that the user
 * may do, whatever this client was allowed. The tenant is the organization, `org_id`. Custom claims are namespaced by a URL.
 *
 * @example
 * ```ts
 * import { auth0, jwtAuthenticator } from '@sallyport/auth';
 *
 * jwtAuthenticator(auth0({ domain: 'example.eu.auth0.com', audience: 'https://mcp.example.com/mcp', profile: 'rfc9068' }));
 * ```
 */
export function auth0(options: Auth0Options): IssuerPreset {
  assertOptions('auth0', options, checks, ['domain', 'audience']);
  const { domain, profile = 'auth0', tenant = 'org_id', plan = 'plan' } = options;
  const origin = `https://${urlPart(domain, 'domain')}`;
  return {
    // With the slash at the end.
    issuer: `${origin}/`,
    audience: options.audience,
    jwksUrl: `${origin}/.well-known/jwks.json`,
    algorithms: ['RS256', 'PS256'],
    typ: profile === 'rfc9068' ? 'at+jwt' : 'JWT',
    claims: { tenant, plan },
  };
}
