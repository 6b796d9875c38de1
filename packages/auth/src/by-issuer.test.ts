import { tokenIssuer } from '@sallyport/testkit';
import { describe, expect, it } from 'vitest';
import { AuthError, type Authenticator, byIssuer, jwtAuthenticator } from './index.js';

const first = await tokenIssuer({ issuer: 'https://one.test', audience: 'https://server.test/one' });
const second = await tokenIssuer({ issuer: 'https://two.test', audience: 'https://server.test/two' });
const of = (issuer: typeof first, more = {}) =>
  jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks(), ...more });
const opaque: Authenticator = {
  authenticate: async () => ({ issuer: 'keys', subject: 'opaque', scopes: [] }),
};
const auth = byIssuer([of(first), of(second, { claims: { tenant: 'org' }, dpop: 'accepted' })], opaque);
const kind = async (token: string, by = auth) =>
  by.authenticate(`Bearer ${token}`).then(
    () => 'accepted',
    (error: AuthError) => error.kind,
  );

describe('several issuers', () => {
  it('each is verified with its own keys, audience and claims', async () => {
    await expect(auth.authenticate(`Bearer ${await first.mint()}`)).resolves.toMatchObject({
      issuer: 'https://one.test',
      tenant: 'acme',
    });
    const token = await second.mint({ claims: { org: 'globex' } });
    await expect(auth.authenticate(`Bearer ${token}`)).resolves.toMatchObject({
      issuer: 'https://two.test',
      tenant: 'globex',
    });
  });

  it.each<[string, () => Promise<string>]>([
    [
      'signed by one in the name of the other',
      () => first.mint({ claims: { iss: second.issuer, aud: second.audience } }),
    ],
    ['for the audience of the other', () => first.mint({ claims: { aud: second.audience } })],
    ['of a third', () => first.mint({ claims: { iss: 'https://three.test' } })],
    ['of both', () => first.mint({ claims: { iss: [first.issuer, second.issuer] } })],
    ['named as in the prototype', () => first.mint({ claims: { iss: 'constructor' } })],
  ])('a token %s is refused', async (_, mint) => {
    expect(await kind(await mint(), byIssuer([of(first), of(second)]))).toBe('invalid');
  });

  it('what is no JWT goes to the other authenticator, and a JWT never does', async () => {
    await expect(auth.authenticate('Bearer an-opaque-token')).resolves.toMatchObject({ subject: 'opaque' });
    expect(await kind(await first.mint({ claims: { iss: 'https://three.test' } }))).toBe('invalid');
    expect(await kind('an-opaque-token', byIssuer([of(first)]))).toBe('invalid');
  });

  it('no credentials are missing, whoever would have verified them', async () => {
    await expect(auth.authenticate(undefined)).rejects.toMatchObject({ kind: 'missing' });
  });

  it('two for one issuer are refused at once', () => {
    expect(() => byIssuer([of(first), of(first)])).toThrow(TypeError);
  });

  it.each<[string, unknown, unknown?]>([
    ['none', []],
    ['undefined', undefined],
    ['what is no authenticator', [{}]],
    ['one without an issuer', [{ authenticate: async () => ({}) }]],
    ['another one that is none', [of(first)], {}],
  ])('%s is refused at once', (_, authenticators, opaque) => {
    expect(() => byIssuer(authenticators as never, opaque as never)).toThrow(/^byIssuer: /);
  });

  it('a token is remembered when one of them has verified it', async () => {
    const fresh = byIssuer([of(first), of(second)]);
    const authorization = `Bearer ${await second.mint()}`;
    expect(fresh.remembers?.(authorization)).toBe(false);
    await fresh.authenticate(authorization);
    expect(fresh.remembers?.(authorization)).toBe(true);
  });

  it('proofs are offered when one of them takes them', () => {
    expect(auth.dpopAlgorithms).toContain('ES256');
    expect(byIssuer([of(first)]).dpopAlgorithms).toBeUndefined();
  });
});

describe('readiness', () => {
  const down = (issuer: typeof first, why: string) => ({
    ...of(issuer),
    ready: () => Promise.reject(new AuthError('unavailable', 'no keys', { cause: new Error(why) })),
  });

  it('is that of one of them: an issuer that is down takes nobody else out', async () => {
    await expect(byIssuer([down(first, 'x'), of(second)]).ready?.()).resolves.toBeUndefined();
    await expect(byIssuer([down(first, 'x')], opaque).ready?.()).resolves.toBeUndefined();
  });

  it('does not wait for an issuer that does not answer', async () => {
    const hanging = { ...of(first), ready: () => new Promise<void>(() => {}) };
    await expect(byIssuer([hanging, of(second)]).ready?.()).resolves.toBeUndefined();
  });

  it('is not there while all are down, and says why', async () => {
    await expect(byIssuer([down(first, 'one'), down(second, 'two')]).ready?.()).rejects.toMatchObject({
      kind: 'unavailable',
      cause: 'Error: one; Error: two',
    });
  });
});

describe('measures', () => {
  const said = (by: Authenticator) =>
    Object.fromEntries(
      (by.measures?.() ?? []).map(({ name, labels: { issuer, cache = '' }, value }) => [
        `${name} ${cache} ${issuer}`,
        value,
      ]),
    );

  it('count, for each issuer, the tokens that were remembered and those that were verified', async () => {
    const both = byIssuer([of(first), of(second)], opaque);
    const token = `Bearer ${await first.mint()}`;
    for (let call = 0; call < 3; call++) await both.authenticate(token);
    await both.authenticate(`Bearer ${await second.mint()}`);
    expect(said(both)).toEqual({
      'jwks_age_seconds  https://one.test': 0,
      'tokens_total hit https://one.test': 2,
      'tokens_total miss https://one.test': 1,
      'jwks_age_seconds  https://two.test': 0,
      'tokens_total hit https://two.test': 0,
      'tokens_total miss https://two.test': 1,
    });
  });
});
