import { assertOptions, type OptionCheck } from '@sallyport/core/adapter';
import { ownClaims } from '../option-checks.js';
import type { IssuerPreset, OwnClaims } from './issuer-preset.js';

/** A directory of Microsoft Entra ID and an app registration in it, with `requestedAccessTokenVersion` 2. */
export interface EntraIdOptions extends OwnClaims {
  /** Directory (tenant) id, a GUID. For several directories use one authenticator each. */
  readonly tenantId: string;
  /** Application (client) id of this server's registration, a GUID: the audience of v2.0 tokens. */
  readonly clientId: string;
}

const aGuid: OptionCheck = (value) =>
  typeof value === 'string' && guid.test(value) ? undefined : 'must be a GUID in lower case';
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const checks = {
  tenantId: aGuid,
  clientId: aGuid,
  ...ownClaims,
} satisfies Readonly<Record<keyof EntraIdOptions, OptionCheck>>;

/**
 * Access tokens (v2.0) of Microsoft Entra ID. They are always `typ: JWT`, and so are ID tokens, whose audience is this server where
 * its own registration signs users in; what tells them apart is `azp`, the client, which ID tokens do not have. A user's token has
 * its scopes in `scp`; one that an application got for itself has none and its app roles in `roles`. Roles of a user are not
 * counted as scopes. The tenant is the directory, `tid`; the token id is `uti`. The directory is checked twice, in `iss` and in
 * `tid`: `common` and `organizations` would accept every directory there is, so they cannot be named.
 *
 * @example
 * ```ts
 * import { entraId, jwtAuthenticator } from '@sallyport/auth';
 *
 * jwtAuthenticator(
 *   entraId({ tenantId: 'aaaabbbb-0000-cccc-1111-dddd2222eeee', clientId: '00001111-aaaa-2222-bbbb-3333cccc4444' }),
 * );
 * ```
 */
export function entraId(options: EntraIdOptions): IssuerPreset {
  assertOptions('entraId', options, checks, ['tenantId', 'clientId']);
  const { tenantId, clientId, tenant = 'tid', plan = 'plan' } = options;
  const directory = `https://login.microsoftonline.com/${tenantId}`;
  return {
    issuer: `${directory}/v2.0`,
    audience: clientId,
    jwksUrl: `${directory}/discovery/v2.0/keys`,
    algorithms: ['RS256'],
    typ: 'JWT',
    required: { ver: '2.0', tid: tenantId, azp: true },
    claims: { scopes: 'scp', appScopes: 'roles', clientId: 'azp', tokenId: 'uti', tenant, plan },
  };
}
