import { assertOptions, type OptionCheck, option } from '@sallyport/core/adapter';
import { audience, ownClaims } from '../option-checks.js';
import { type IssuerPreset, type OwnClaims, urlPart } from './issuer-preset.js';

/** A custom authorization server of an Okta organization: the org's own one issues tokens that only Okta can verify. */
export interface OktaOptions extends OwnClaims {
  /** `example.okta.com`, or your custom domain. */
  readonly domain: string;
  /** Default `default`. */
  readonly authorizationServerId?: string;
  /** The audience of the authorization server. */
  readonly audience: string;
}

const checks = {
  domain: option.text,
  authorizationServerId: option.text,
  audience,
  ...ownClaims,
} satisfies Readonly<Record<keyof OktaOptions, OptionCheck>>;

/**
 * Access tokens of Okta. Their header has a key id and an algorithm but no `typ`, so the claim `cid`, which ID tokens do not
 * have, is required instead. Scopes are a list, `scp`; the client is `cid`. Tenant and plan need a custom claim.
 *
 * @example
 * ```ts
 * import { jwtAuthenticator, okta } from '@sallyport/auth';
 *
 * jwtAuthenticator(okta({ domain: 'example.okta.com', audience: 'https://mcp.example.com/mcp' }));
 * ```
 */
export function okta(options: OktaOptions): IssuerPreset {
  assertOptions('okta', options, checks, ['domain', 'audience']);
  const { domain, authorizationServerId = 'default', tenant = 'tenant', plan = 'plan' } = options;
  const issuer = `https://${urlPart(domain, 'domain')}/oauth2/${urlPart(authorizationServerId, 'authorizationServerId')}`;
  return {
    issuer,
    audience: options.audience,
    jwksUrl: `${issuer}/v1/keys`,
    algorithms: ['RS256'],
    typ: false,
    required: { cid: true },
    claims: { scopes: 'scp', clientId: 'cid', tenant, plan },
  };
}
