import { assertOptions, type OptionCheck, option } from '@sallyport/core/adapter';
import { ownClaims } from '../option-checks.js';
import { type IssuerPreset, type OwnClaims, urlPart } from './issuer-preset.js';

/** A user pool of Amazon Cognito. */
export interface CognitoOptions extends OwnClaims {
  /** `eu-central-1`. */
  readonly region: string;
  /** `eu-central-1_AbCdEfGhI`. */
  readonly userPoolId: string;
  /** App clients whose tokens are accepted, at least one. */
  readonly clientIds: readonly string[];
  /** The identifier of the resource server that stands for this one: what its scopes begin with, before the slash. */
  readonly resourceServer: string;
}

const checks = {
  region: option.text,
  userPoolId: option.text,
  clientIds: (value) =>
    option.texts(value) ?? ((value as unknown[]).length > 0 ? undefined : 'must name at least one app client'),
  resourceServer: option.text,
  ...ownClaims,
} satisfies Readonly<Record<keyof CognitoOptions, OptionCheck>>;

/**
 * Access tokens of Amazon Cognito. They have no `typ` and, in general, no `aud`: instead of the audience the app client is
 * checked, `token_use: access` is required, which keeps ID tokens out, and only scopes of this resource server count, because
 * the same client's tokens for other servers pass the other checks. Cognito writes a scope as `identifier/name`; the part up to
 * the slash is removed. Tenant and plan need a pre token generation trigger.
 *
 * @example
 * ```ts
 * import { cognito, jwtAuthenticator } from '@sallyport/auth';
 *
 * jwtAuthenticator(
 *   cognito({
 *     region: 'eu-central-1',
 *     userPoolId: 'eu-central-1_AbCdEfGhI',
 *     clientIds: ['1example23456789'],
 *     resourceServer: 'https://mcp.example.com/mcp',
 *   }),
 * );
 * ```
 */
export function cognito(options: CognitoOptions): IssuerPreset {
  assertOptions('cognito', options, checks, ['region', 'userPoolId', 'clientIds', 'resourceServer']);
  const { region, userPoolId, clientIds, resourceServer, tenant = 'tenant', plan = 'plan' } = options;
  const issuer = `https://cognito-idp.${urlPart(region, 'region')}.amazonaws.com/${urlPart(userPoolId, 'userPoolId')}`;
  return {
    issuer,
    audience: clientIds,
    audienceClaim: 'client_id',
    jwksUrl: `${issuer}/.well-known/jwks.json`,
    algorithms: ['RS256'],
    typ: false,
    required: { token_use: 'access' },
    claims: { scopePrefix: `${resourceServer}/`, tenant, plan },
  };
}
