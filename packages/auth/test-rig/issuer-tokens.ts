import { auth0, cognito, entraId, type IssuerPreset, keycloak, okta } from '../src/index.js';

/** An access token as one product writes it, and whom it stands for. Times are left to the test. */
export interface IssuerToken {
  readonly name: string;
  readonly preset: IssuerPreset;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly principal: Readonly<Record<string, unknown>>;
  /** The ID token of the same session: never accepted. */
  readonly idToken: {
    readonly header: Readonly<Record<string, unknown>>;
    readonly claims: Readonly<Record<string, unknown>>;
  };
}

const audience = 'https://mcp.example.com/mcp';
const auth0Domain = { domain: 'my-domain.auth0.com', audience };
const entraApp = {
  tenantId: 'aaaabbbb-0000-cccc-1111-dddd2222eeee',
  clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
};
const pool = {
  region: 'us-west-2',
  userPoolId: 'us-west-2_example',
  clientIds: ['example123456789', 'other'],
  resourceServer: audience,
};
const oktaServer = { domain: 'example.okta.com', audience };
const realm = { url: 'https://login.example.com', realm: 'agents', audience };
const entraIssuer = `https://login.microsoftonline.com/${entraApp.tenantId}/v2.0`;
const cognitoIssuer = 'https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example';
const jwt = { typ: 'JWT' };
const untyped = { typ: undefined };

// The registration of the server signs users in as well.
const entraIdToken = {
  header: jwt,
  claims: {
    iss: entraIssuer,
    aud: entraApp.clientId,
    sub: 'AAAA',
    tid: entraApp.tenantId,
    ver: '2.0',
    oid: 'o',
    roles: ['mcp:admin'],
  },
};
const cognitoIdToken = {
  header: untyped,
  claims: { iss: cognitoIssuer, aud: 'example123456789', sub: 'user', token_use: 'id', client_id: 'example123456789' },
};
const auth0IdToken = {
  header: jwt,
  claims: { iss: 'https://my-domain.auth0.com/', aud: 'my_client_id', sub: 'auth0|123456' },
};

/** The shapes that the products' documentation gives, reduced to what a resource server sees. */
export const issuerTokens: readonly IssuerToken[] = [
  {
    name: 'Auth0, default profile',
    preset: auth0(auth0Domain),
    header: jwt,
    claims: {
      iss: 'https://my-domain.auth0.com/',
      sub: 'auth0|123456',
      aud: [audience, 'https://my-domain.auth0.com/userinfo'],
      azp: 'my_client_id',
      scope: 'openid profile mcp:tools:read',
      permissions: ['mcp:admin'],
      org_id: 'org_9ybsU1dN2dKfDkBi',
    },
    principal: {
      issuer: 'https://my-domain.auth0.com/',
      subject: 'auth0|123456',
      clientId: 'my_client_id',
      scopes: ['openid', 'profile', 'mcp:tools:read'],
      tenant: 'org_9ybsU1dN2dKfDkBi',
    },
    idToken: auth0IdToken,
  },
  {
    name: 'Auth0, RFC 9068 profile, claims under a namespace',
    preset: auth0({
      ...auth0Domain,
      profile: 'rfc9068',
      tenant: 'https://example.com/tenant',
      plan: 'https://example.com/plan',
    }),
    header: { typ: 'at+jwt' },
    claims: {
      iss: 'https://my-domain.auth0.com/',
      sub: 'awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients',
      aud: audience,
      client_id: 'my_client_id',
      jti: '73WakrfVbNJBaAmhQtEeDv',
      scope: 'mcp:tools:write',
      'https://example.com/tenant': 'acme',
      'https://example.com/plan': 'pro',
    },
    principal: {
      issuer: 'https://my-domain.auth0.com/',
      subject: 'awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients',
      clientId: 'my_client_id',
      scopes: ['mcp:tools:write'],
      tenant: 'acme',
      plan: 'pro',
      tokenId: '73WakrfVbNJBaAmhQtEeDv',
    },
    idToken: auth0IdToken,
  },
  {
    name: 'Entra ID, a user: app roles are not scopes',
    preset: entraId(entraApp),
    header: jwt,
    claims: {
      iss: entraIssuer,
      aud: entraApp.clientId,
      azp: '11112222-bbbb-3333-cccc-4444dddd5555',
      azpacr: '0',
      oid: '22223333-cccc-4444-dddd-5555eeee6666',
      sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
      scp: 'mcp:tools:read mcp:tools:write',
      roles: ['mcp:admin'],
      tid: entraApp.tenantId,
      uti: 'fqiBqXLPj0eQa82S-IYFAA',
      ver: '2.0',
    },
    principal: {
      issuer: entraIssuer,
      subject: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
      clientId: '11112222-bbbb-3333-cccc-4444dddd5555',
      scopes: ['mcp:tools:read', 'mcp:tools:write'],
      tenant: entraApp.tenantId,
      tokenId: 'fqiBqXLPj0eQa82S-IYFAA',
    },
    idToken: entraIdToken,
  },
  {
    name: 'Entra ID, an application: its app roles are its scopes',
    preset: entraId(entraApp),
    header: jwt,
    claims: {
      iss: entraIssuer,
      aud: entraApp.clientId,
      azp: '11112222-bbbb-3333-cccc-4444dddd5555',
      azpacr: '1',
      oid: '22223333-cccc-4444-dddd-5555eeee6666',
      sub: '22223333-cccc-4444-dddd-5555eeee6666',
      roles: ['mcp:tools:read'],
      tid: entraApp.tenantId,
      uti: 'fqiBqXLPj0eQa82S-IYFAA',
      ver: '2.0',
    },
    principal: {
      issuer: entraIssuer,
      subject: '22223333-cccc-4444-dddd-5555eeee6666',
      clientId: '11112222-bbbb-3333-cccc-4444dddd5555',
      scopes: ['mcp:tools:read'],
      tenant: entraApp.tenantId,
      tokenId: 'fqiBqXLPj0eQa82S-IYFAA',
    },
    idToken: entraIdToken,
  },
  ...(['scope', 'realm-roles'] as const).map((scopes) => ({
    name: `Keycloak, scopes from ${scopes}`,
    preset: keycloak({ ...realm, scopes }),
    header: jwt,
    claims: {
      jti: 'onrtac:0c6f1e4a',
      iss: 'https://login.example.com/realms/agents',
      aud: [audience, 'account'],
      sub: 'f1c4f64e-2c0c-4cda-8c9f-9f3f8f3a2b0e',
      typ: 'Bearer',
      azp: 'agent-cli',
      scope: 'profile email mcp:tools:read',
      realm_access: { roles: ['offline_access', 'mcp:admin'] },
      resource_access: { account: { roles: ['view-profile'] } },
      tenant: 'acme',
      plan: 'pro',
    },
    principal: {
      issuer: 'https://login.example.com/realms/agents',
      subject: 'f1c4f64e-2c0c-4cda-8c9f-9f3f8f3a2b0e',
      clientId: 'agent-cli',
      scopes: scopes === 'scope' ? ['profile', 'email', 'mcp:tools:read'] : ['offline_access', 'mcp:admin'],
      tenant: 'acme',
      plan: 'pro',
      tokenId: 'onrtac:0c6f1e4a',
    },
    idToken: {
      header: jwt,
      claims: {
        iss: 'https://login.example.com/realms/agents',
        // Somebody has put the audience mapper on ID tokens as well.
        aud: ['agent-cli', audience],
        sub: 'f1c4f64e-2c0c-4cda-8c9f-9f3f8f3a2b0e',
        typ: 'ID',
        azp: 'agent-cli',
      },
    },
  })),
  {
    name: 'Cognito, a user',
    preset: cognito(pool),
    header: untyped,
    claims: {
      sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      'cognito:groups': ['testgroup'],
      iss: cognitoIssuer,
      version: 2,
      client_id: 'example123456789',
      origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      token_use: 'access',
      scope: `openid ${audience}/mcp:tools:read https://other.example.com/mcp:admin ${audience}/`,
      jti: 'bbbbbbbb-cccc-dddd-eeee-aaaaaaaaaaaa',
      username: 'my-test-user',
    },
    principal: {
      issuer: cognitoIssuer,
      subject: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      clientId: 'example123456789',
      scopes: ['mcp:tools:read'],
      tokenId: 'bbbbbbbb-cccc-dddd-eeee-aaaaaaaaaaaa',
    },
    idToken: cognitoIdToken,
  },
  {
    name: 'Cognito, client credentials',
    preset: cognito(pool),
    header: untyped,
    claims: {
      sub: 'other',
      token_use: 'access',
      scope: `${audience}/mcp:tools:write`,
      iss: cognitoIssuer,
      version: 2,
      jti: 'cccccccc-cccc-dddd-eeee-aaaaaaaaaaaa',
      client_id: 'other',
    },
    principal: {
      issuer: cognitoIssuer,
      subject: 'other',
      clientId: 'other',
      scopes: ['mcp:tools:write'],
      tokenId: 'cccccccc-cccc-dddd-eeee-aaaaaaaaaaaa',
    },
    idToken: cognitoIdToken,
  },
  {
    name: 'Okta',
    preset: okta(oktaServer),
    header: untyped,
    claims: {
      ver: 1,
      jti: 'AT.MNAoEQ_jbKqoinrQo1D0XKjMX28U5d7ZszBceot7-Ts',
      iss: 'https://example.okta.com/oauth2/default',
      aud: audience,
      sub: 'agent@example.com',
      cid: '0oab8eb55Kb9jdMIr5d6',
      uid: '00ub9u9thXKQkOMmA5d6',
      scp: ['openid', 'mcp:tools:read'],
      auth_time: 1,
    },
    principal: {
      issuer: 'https://example.okta.com/oauth2/default',
      subject: 'agent@example.com',
      clientId: '0oab8eb55Kb9jdMIr5d6',
      scopes: ['openid', 'mcp:tools:read'],
      tokenId: 'AT.MNAoEQ_jbKqoinrQo1D0XKjMX28U5d7ZszBceot7-Ts',
    },
    idToken: {
      header: untyped,
      claims: { iss: 'https://example.okta.com/oauth2/default', aud: audience, sub: '00ub9u9thXKQkOMmA5d6', ver: 1 },
    },
  },
];
