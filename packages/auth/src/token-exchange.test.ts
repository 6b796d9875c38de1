import { testPrincipal, tokenIssuer } from '@sallyport/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FormServer, formServer } from '../test-rig/form-server.js';
import { jwtAuthenticator, tokenExchange } from './index.js';

const issuer = await tokenIssuer();
let server: FormServer;
beforeEach(async () => {
  server = await formServer(() => ({ body: { access_token: 'for-billing', token_type: 'Bearer', expires_in: 60 } }));
});
afterEach(() => server.close());

function make() {
  const upstream = tokenExchange({ tokenEndpoint: server.url, clientId: 'mcp', clientSecret: 'secret' });
  const auth = upstream.watch(
    jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
  );
  return { upstream, auth };
}

describe('token exchange (RFC 8693)', () => {
  it('gets a token for the upstream with that of the caller', async () => {
    const { upstream, auth } = make();
    const token = await issuer.mint();
    const principal = await auth.authenticate(`Bearer ${token}`);
    expect(await upstream.exchange(principal, { resource: 'https://billing.test', scopes: ['a', 'b'] })).toEqual({
      accessToken: 'for-billing',
      tokenType: 'Bearer',
      expiresInSeconds: 60,
    });
    expect(Object.fromEntries(server.received[0]?.form ?? [])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: 'https://billing.test',
      scope: 'a b',
    });
    expect(server.received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('mcp:secret').toString('base64')}`);
  });

  it('the principal still does not hold the token', async () => {
    const { upstream, auth } = make();
    const token = await issuer.mint();
    const principal = await auth.authenticate(`Bearer ${token}`);
    expect(JSON.stringify([principal, upstream, auth])).not.toContain(token.split('.')[2]);
  });

  it('is refused for a principal that came another way', async () => {
    await expect(make().upstream.exchange(testPrincipal(), { audience: 'x' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('is refused without a target', async () => {
    const { upstream, auth } = make();
    const principal = await auth.authenticate(`Bearer ${await issuer.mint()}`);
    await expect(upstream.exchange(principal, { scopes: ['a'] })).rejects.toThrow(TypeError);
  });

  it.each<[string, FormServer['answer']]>([
    ['refuses', () => ({ status: 400, body: { error: 'invalid_target', error_description: 'secret reason' } })],
    ['is down', 'down'],
    ['answers without a token', () => ({ body: { token_type: 'Bearer' } })],
  ])('an issuer that %s is DEPENDENCY_UNAVAILABLE, and the caller learns nothing else', async (_, answer) => {
    const { upstream, auth } = make();
    server.answer = answer;
    const principal = await auth.authenticate(`Bearer ${await issuer.mint()}`);
    const error = await upstream.exchange(principal, { audience: 'x' }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    expect((error as Error).message).not.toContain('secret');
  });
});
