import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { type IssuerToken, issuerTokens } from '../../test-rig/issuer-tokens.js';
import { type AuthError, auth0, cognito, entraId, jwtAuthenticator, keycloak, okta } from '../index.js';

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }] };
const now = Math.floor(Date.now() / 1000);

function authenticator({ preset: { jwksUrl: _, ...preset } }: IssuerToken) {
  return jwtAuthenticator({ ...preset, jwks });
}

function sign(header: object, claims: object): Promise<string> {
  return new SignJWT({ iat: now, exp: now + 300, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k', ...header })
    .sign(privateKey);
}

const refusal = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'accepted',
    (error: AuthError) => error.kind,
  );

describe.each(issuerTokens.map((token) => [token.name, token] as const))('%s', (_, token) => {
  const auth = authenticator(token);
  const attempt = async (header: object, claims: object) => auth.authenticate(`Bearer ${await sign(header, claims)}`);

  it('becomes its principal', async () => {
    const principal = await attempt(token.header, token.claims);
    expect(principal).toEqual({ ...token.principal, expiresAt: now + 300 });
  });

  it('is not accepted as ID token', async () => {
    expect(await refusal(attempt(token.idToken.header, token.idToken.claims))).toBe('invalid');
  });

  it.each(Object.keys(token.preset.required ?? {}))('is not accepted without %s, or with another', async (claim) => {
    expect(await refusal(attempt(token.header, { ...token.claims, [claim]: undefined }))).toBe('invalid');
    if (token.preset.required?.[claim] === true) return;
    expect(await refusal(attempt(token.header, { ...token.claims, [claim]: 'other' }))).toBe('invalid');
    expect(await refusal(attempt(token.header, { ...token.claims, [claim]: [token.claims[claim]] }))).toBe('invalid');
  });

  it('is not accepted for another audience', async () => {
    const claim = token.preset.audienceClaim ?? 'aud';
    for (const value of ['https://other.example.com', undefined, []]) {
      expect(await refusal(attempt(token.header, { ...token.claims, [claim]: value }))).toBe('invalid');
    }
  });

  it('has its keys where its issuer is', () => {
    expect(new URL(token.preset.jwksUrl).origin).toBe(new URL(token.preset.issuer).origin);
  });
});

describe('a name that would change a URL, or accept everybody, is refused', () => {
  const guid = 'aaaabbbb-0000-cccc-1111-dddd2222eeee';
  it.each<[string, () => unknown]>([
    ['a domain with a path', () => auth0({ domain: 'evil.test/x', audience: 'a' })],
    ['a domain with user information', () => okta({ domain: 'ok@evil.test', audience: 'a' })],
    ['a server id with a path', () => okta({ domain: 'a.test', audience: 'a', authorizationServerId: '../x' })],
    ['a realm with a path', () => keycloak({ url: 'https://a.test', realm: 'a/../b', audience: 'a' })],
    ['a Keycloak without HTTPS', () => keycloak({ url: 'http://a.test', realm: 'a', audience: 'a' })],
    ['the directory common', () => entraId({ tenantId: 'common', clientId: guid })],
    ['the directory organizations', () => entraId({ tenantId: 'organizations', clientId: guid })],
    ['an application that is no GUID', () => entraId({ tenantId: guid, clientId: 'api://x' })],
    ['no domain at Auth0', () => auth0({ audience: 'a' } as never)],
    ['no domain at Okta', () => okta({ domain: undefined, audience: 'a' } as never)],
    ['no audience', () => okta({ domain: 'a.test' } as never)],
    ['no realm', () => keycloak({ url: 'https://a.test', audience: 'a' } as never)],
    ['a Keycloak without URL', () => keycloak({ realm: 'a', audience: 'a' } as never)],
    ['no directory', () => entraId({ clientId: guid } as never)],
    ['no region', () => cognito({ userPoolId: 'p', clientIds: ['c'], resourceServer: 'x' } as never)],
    ['a misspelt option', () => auth0({ domain: 'a.test', audience: 'a', tenat: 'org' } as never)],
    ['no options', () => auth0(undefined as never)],
    ['no resource server', () => cognito({ region: 'r', userPoolId: 'p', clientIds: ['c'], resourceServer: '' })],
    [
      'no app client',
      () => jwtAuthenticator(cognito({ region: 'r', userPoolId: 'p', clientIds: [], resourceServer: 'x' })),
    ],
  ])('%s', (_, make) => {
    expect(make).toThrow(TypeError);
  });
});
