import { createHash } from 'node:crypto';
import { tokenIssuer } from '@sallyport/testkit';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { type AuthError, jwtAuthenticator } from './index.js';

const start = Date.UTC(2026, 10, 23);
const clock = { time: start, now: () => clock.time };
const seconds = start / 1000;
const issuer = await tokenIssuer({ clock });
const url = 'https://server.test/mcp';
const base = { issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks(), clock };
const auth = jwtAuthenticator({ ...base, dpop: 'required' });

const agent = await generateKeyPair('ES256', { extractable: true });
const jwk = await exportJWK(agent.publicKey);
const jkt = await calculateJwkThumbprint(jwk);
const thief = await generateKeyPair('ES256', { extractable: true });
const thiefJwk = await exportJWK(thief.publicKey);
const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url');
const bound = () => issuer.mint({ claims: { cnf: { jkt } } });

interface Change {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey | Uint8Array;
}

async function proof(
  token: string,
  { claims = {}, header = {}, key = agent.privateKey }: Change = {},
): Promise<string> {
  return new SignJWT({ jti: crypto.randomUUID(), htm: 'POST', htu: url, iat: seconds, ath: hashOf(token), ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
    .sign(key);
}

const present = (token: string, dpop: string | undefined, scheme = 'DPoP', by = auth) =>
  by.authenticate(`${scheme} ${token}`, { method: 'POST', url, ...(dpop === undefined ? {} : { dpop }) }).then(
    () => 'accepted',
    (error: AuthError) => error.kind,
  );

describe('a proof of possession (RFC 9449 section 4.3)', () => {
  it('lets the owner of the key in, with a new one each time', async () => {
    const token = await bound();
    for (let i = 0; i < 3; i++) expect(await present(token, await proof(token))).toBe('accepted');
    expect(await present(token, await proof(token), 'dpop')).toBe('accepted');
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['the URL has a query and a fragment', { htu: `${url}?a=b#c` }],
    ['the URL names the default port', { htu: 'https://server.test:443/mcp' }],
    ['the URL has its host in capitals', { htu: 'HTTPS://SERVER.test/mcp' }],
    ['the clock of the client is 5 minutes late', { iat: seconds - 300 }],
    ['the clock of the client is 5 minutes early', { iat: seconds + 300 }],
  ])('is good when %s', async (_, claims) => {
    const token = await bound();
    expect(await present(token, await proof(token, { claims }))).toBe('accepted');
  });

  const changed: [string, Change][] = [
    ['by another key', { key: thief.privateKey }],
    ['by another key, which it embeds', { key: thief.privateKey, header: { jwk: thiefJwk } }],
    ['with the private key embedded', { header: { jwk: { ...jwk, d: 'AAAA' } } }],
    ['with no key embedded', { header: { jwk: undefined } }],
    [
      'with a symmetric key embedded',
      { header: { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } }, key: new Uint8Array(32) },
    ],
    ['of type JWT', { header: { typ: 'JWT' } }],
    ['of type at+jwt', { header: { typ: 'at+jwt' } }],
    ['without type', { header: { typ: undefined } }],
    ['for GET', { claims: { htm: 'GET' } }],
    ['for post in small letters', { claims: { htm: 'post' } }],
    ['for no method', { claims: { htm: undefined } }],
    ['for another path', { claims: { htu: 'https://server.test/v1/mcp' } }],
    ['for another host', { claims: { htu: 'https://evil.test/mcp' } }],
    ['for another scheme', { claims: { htu: 'http://server.test/mcp' } }],
    ['for no URL', { claims: { htu: undefined } }],
    ['for a URL that is none', { claims: { htu: 'mcp' } }],
    ['for another token', { claims: { ath: hashOf('other') } }],
    ['for no token', { claims: { ath: undefined } }],
    ['6 minutes old', { claims: { iat: seconds - 360 } }],
    ['from 6 minutes ahead', { claims: { iat: seconds + 360 } }],
    ['without a time', { claims: { iat: undefined } }],
    ['without an id', { claims: { jti: undefined } }],
    ['with an empty id', { claims: { jti: '' } }],
    ['with an endless id', { claims: { jti: 'x'.repeat(257) } }],
    ['that is too long', { claims: { pad: 'x'.repeat(10_000) } }],
  ];
  it.each(changed)('%s is refused', async (_, change) => {
    const token = await bound();
    expect(await present(token, await proof(token, change))).toBe('proof');
  });

  it.each<[string, string | undefined]>([
    ['none', undefined],
    ['an empty one', ''],
    ['garbage', 'a.b.c'],
    ['two, as duplicated headers are joined', 'a.b.c, d.e.f'],
  ])('%s is refused', async (_, dpop) => {
    expect(await present(await bound(), dpop)).toBe('proof');
  });

  it('is good once: of a hundred that come together one passes', async () => {
    const token = await bound();
    const once = await proof(token);
    const kinds = await Promise.all(Array.from({ length: 100 }, () => present(token, once)));
    expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength(1);
    expect(new Set(kinds)).toEqual(new Set(['accepted', 'proof']));
  });

  it('is remembered as long as it could be used, and no longer', async () => {
    const small = jwtAuthenticator({ ...base, dpop: 'required', rememberProofs: 2 });
    const token = await issuer.mint({ claims: { cnf: { jkt } }, expiresInSeconds: 3_600 });
    const first = await proof(token);
    expect(await present(token, first, 'DPoP', small)).toBe('accepted');
    expect(await present(token, await proof(token), 'DPoP', small)).toBe('accepted');
    expect(await present(token, await proof(token), 'DPoP', small)).toBe('unavailable');
    clock.time = start + 300_000;
    expect(await present(token, first, 'DPoP', small)).toBe('proof');
    clock.time = start + 302_000;
    expect(await present(token, first, 'DPoP', small)).toBe('proof');
    expect(await present(token, await proof(token, { claims: { iat: seconds + 302 } }), 'DPoP', small)).toBe(
      'accepted',
    );
    clock.time = start;
  });
});

describe('a nonce of this server (RFC 9449 section 9)', () => {
  const key = new Uint8Array(32).fill(7);
  const demanding = (dpopNonceKey = key) => jwtAuthenticator({ ...base, dpop: 'required', dpopNonceKey });
  const nonceFor = async (token: string, dpop: string, by = demanding()): Promise<string | undefined> =>
    by
      .authenticate(`DPoP ${token}`, { method: 'POST', url, dpop })
      .then(() => undefined)
      .catch((error: AuthError) => error.dpopNonce);
  const withNonce = (token: string, nonce: unknown) =>
    proof(token, { claims: { nonce, iat: Math.floor(clock.time / 1000) } });

  it('is given with the refusal of a proof without one, and makes the next proof good', async () => {
    const auth = demanding();
    const token = await bound();
    const nonce = await nonceFor(token, await proof(token), auth);
    expect(nonce).toMatch(/^[\w-]{43}$/);
    expect(await present(token, await withNonce(token, nonce), 'DPoP', auth)).toBe('accepted');
    const again = await withNonce(token, nonce);
    expect(await present(token, again, 'DPoP', auth)).toBe('accepted');
    expect(await present(token, again, 'DPoP', auth)).toBe('proof');
  });

  it.each([
    ['another', 'x'.repeat(43)],
    ['an empty', ''],
    ['a numeric', 7],
    ['a list for a', []],
  ])('%s nonce is refused, and the right one named', async (_, nonce) => {
    const token = await bound();
    expect(await nonceFor(token, await withNonce(token, nonce))).toMatch(/^[\w-]{43}$/);
  });

  it('is the same on every instance with the key, another with another, and ends after 5 minutes', async () => {
    const token = await issuer.mint({ claims: { cnf: { jkt } }, expiresInSeconds: 3_600 });
    const nonce = await nonceFor(token, await proof(token));
    expect(await present(token, await withNonce(token, nonce), 'DPoP', demanding())).toBe('accepted');
    const other = demanding(new Uint8Array(32).fill(8));
    expect(await nonceFor(token, await withNonce(token, nonce), other)).not.toBe(nonce);
    clock.time += 150_000;
    expect(await present(token, await withNonce(token, nonce), 'DPoP', demanding())).toBe('accepted');
    clock.time += 150_000;
    expect(await present(token, await withNonce(token, nonce), 'DPoP', demanding())).toBe('proof');
    clock.time = start;
  });

  it('is given to nobody whose proof is wrong otherwise', async () => {
    const token = await bound();
    expect(await nonceFor(token, await proof(token, { claims: { htm: 'GET' } }))).toBeUndefined();
    expect(await nonceFor(token, await proof(token, { key: thief.privateKey }))).toBeUndefined();
  });

  it('cannot be made from a short key', () => {
    expect(() => demanding(new Uint8Array(31))).toThrow(TypeError);
  });
});

describe('which tokens need one', () => {
  it('a bound token is no bearer token, whatever is configured', async () => {
    const token = await bound();
    expect(await present(token, await proof(token), 'Bearer')).toBe('proof');
    expect(await present(token, undefined, 'Bearer', jwtAuthenticator({ ...base, dpop: 'accepted' }))).toBe('proof');
    expect(await present(token, undefined, 'Bearer', jwtAuthenticator(base))).toBe('invalid');
  });

  it.each([{ 'x5t#S256': 'AAAA' }, {}, 'jkt', { jkt: 7 }])('one bound by %j is refused', async (cnf) => {
    const token = await issuer.mint({ claims: { cnf } });
    expect(await present(token, await proof(token))).toBe('invalid');
    expect(await present(token, undefined, 'Bearer', jwtAuthenticator(base))).toBe('invalid');
  });

  it('an unbound token is refused where proofs are required, a bearer token where they are accepted, and never presented with DPoP', async () => {
    const accepting = jwtAuthenticator({ ...base, dpop: 'accepted' });
    const token = await issuer.mint();
    expect(await present(token, undefined, 'Bearer')).toBe('proof');
    expect(await present(token, undefined, 'Bearer', accepting)).toBe('accepted');
    expect(await present(token, await proof(token), 'DPoP', accepting)).toBe('invalid');
  });

  it('the scheme is not taken where proofs are not', async () => {
    const token = await bound();
    expect(await present(token, await proof(token), 'DPoP', jwtAuthenticator(base))).toBe('missing');
  });
});
