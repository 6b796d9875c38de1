import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import type { Principal } from '@sallyport/core';
import { type TokenRequest, tokenIssuer } from '@sallyport/testkit';
import { describe, expect, it, vi } from 'vitest';
import { type AuthError, jwtAuthenticator } from './index.js';

const start = Date.UTC(2026, 10, 23);
const clock = { time: start, now: () => clock.time };
const issuer = await tokenIssuer({ clock });
const stranger = await tokenIssuer({ clock });
const base = { issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks(), clock };
const auth = jwtAuthenticator(base);

const bearer = (token: string) => `Bearer ${token}`;
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const seconds = Math.floor(start / 1000);
const goodHeader = { alg: 'ES256', typ: 'at+jwt', kid: issuer.jwks().keys[0]?.kid };
const goodClaims = { iss: issuer.issuer, aud: issuer.audience, sub: 'agent-1', exp: seconds + 300, scope: 'mcp:admin' };

async function failure(attempt: Promise<Principal>): Promise<AuthError> {
  return attempt.then(
    () => expect.unreachable('accepted'),
    (error: unknown) => error as AuthError,
  );
}

/** A token whose parts after the header come from a genuine one. */
async function withHeader(header: object): Promise<string> {
  const [, payload, signature] = (await issuer.mint()).split('.');
  return `${encode(header)}.${payload}.${signature}`;
}

/** Signed with the public key as if it were a shared secret: the classic confusion of algorithms. */
function hmac(secret: string, header: object = { ...goodHeader, alg: 'HS256' }): string {
  const input = `${encode(header)}.${encode(goodClaims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
function rs256(header: object): string {
  const input = `${encode(header)}.${encode(goodClaims)}`;
  return `${input}.${createSign('RSA-SHA256').update(input).sign(rsa.privateKey, 'base64url')}`;
}

/** The claims of one token with the signature of another. */
function swapped(first: string, second: string): string {
  return [...first.split('.').slice(0, 2), second.split('.')[2]].join('.');
}

/** The last letter of 86 carries four bits that mean nothing: another letter decodes to the same signature. */
function respelled(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.slice(-1)) + 1];
}

/** JOSE wants the two numbers of an ECDSA signature side by side, OpenSSL writes them as DER. */
function derSigned(): string {
  const input = `${encode({ ...goodHeader, kid: 'raw' })}.${encode(goodClaims)}`;
  return `${input}.${createSign('SHA256').update(input).sign({ key: ec.privateKey, dsaEncoding: 'der' }, 'base64url')}`;
}

/** Signed by the real issuer's algorithm, but with a payload text of our own: for what no JSON library writes. */
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ecAuth = jwtAuthenticator({
  ...base,
  jwks: { keys: [{ ...ec.publicKey.export({ format: 'jwk' }), kty: 'EC', kid: 'raw', alg: 'ES256' }] },
});
function es256(payload: string, header: string = JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'raw' })): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createSign('SHA256').update(input).sign({ key: ec.privateKey, dsaEncoding: 'ieee-p1363' }, 'base64url')}`;
}

describe('a good token', () => {
  it('becomes a principal without the token', async () => {
    const token = await issuer.mint({ scopes: ['a', 'b'], plan: 'pro', claims: { jti: 'id-1' } });
    const principal = await auth.authenticate(bearer(token));
    expect(principal).toEqual({
      issuer: issuer.issuer,
      subject: 'agent-1',
      clientId: 'test-client',
      scopes: ['a', 'b'],
      tenant: 'acme',
      plan: 'pro',
      tokenId: 'id-1',
      expiresAt: seconds + 300,
    });
    expect(JSON.stringify(principal)).not.toContain(token.slice(0, 20));
    expect(Object.isFrozen(principal)).toBe(true);
  });

  it.each([
    ['bearer', 'bearer '],
    ['BEARER', 'BEARER '],
    ['more spaces', 'Bearer   '],
    ['spaces around', '  Bearer '],
  ])('is accepted with the scheme written as %s (RFC 9110 section 11.1)', async (_, prefix) => {
    await expect(auth.authenticate(`${prefix}${await issuer.mint()}`)).resolves.toMatchObject({ subject: 'agent-1' });
  });

  it.each([
    ['application/at+jwt', undefined],
    ['AT+JWT', undefined],
    ['JWT', 'JWT'],
    ['JWT', false as const],
    [undefined, false as const],
  ])('of type %s is accepted when typ is %s', async (given, typ) => {
    const own = jwtAuthenticator({ ...base, ...(typ === undefined ? {} : { typ }) });
    const token = await issuer.mint({ header: { typ: given } });
    await expect(own.authenticate(bearer(token))).resolves.toMatchObject({ subject: 'agent-1' });
  });

  it.each<[string, unknown, string[]]>([
    ['a string', 'x y', ['x', 'y']],
    ['a string with odd spaces', ' x  y x', ['x', 'y']],
    ['an array', ['x', 'y'], ['x', 'y']],
    ['an array with other things in it', ['x', 3, null, 'a"b', 'a b', 'a\r\nb', ''], ['x']],
    ['a number', 7, []],
    ['an object', { x: true }, []],
    ['missing', undefined, []],
  ])('has the scopes of a claim that is %s', async (_, scope, scopes) => {
    const token = await issuer.mint({ claims: { scope } });
    expect((await auth.authenticate(bearer(token))).scopes).toEqual(scopes);
  });

  it('is mapped by claim names that are taken literally', async () => {
    const own = jwtAuthenticator({
      ...base,
      claims: { scopes: 'scp', tenant: 'https://x.test/tenant', plan: 'constructor' },
    });
    const claims = { scp: ['r'], 'https://x.test/tenant': 't', tenant: 'wrong' };
    const principal = await own.authenticate(bearer(await issuer.mint({ claims })));
    expect(principal).toMatchObject({ scopes: ['r'], tenant: 't' });
    expect(principal.plan).toBeUndefined();
  });

  it.each([[''], [42], [['acme']], [{ id: 'acme' }], ['x'.repeat(257)]])('names no tenant with %j', async (tenant) => {
    const principal = await auth.authenticate(bearer(await issuer.mint({ claims: { tenant } })));
    expect(principal.tenant).toBeUndefined();
  });

  it('may have several audiences', async () => {
    const token = await issuer.mint({ claims: { aud: ['https://other.test', issuer.audience] } });
    await expect(auth.authenticate(bearer(token))).resolves.toBeDefined();
  });

  it('may differ by the tolerance', async () => {
    const own = jwtAuthenticator({ ...base, clockToleranceSeconds: 30 });
    await expect(own.authenticate(bearer(await issuer.mint({ expiresInSeconds: -29 })))).resolves.toBeDefined();
    await expect(own.authenticate(bearer(await issuer.mint({ claims: { nbf: seconds + 30 } })))).resolves.toBeDefined();
  });
});

describe('no credentials', () => {
  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['white space', ' \t '],
    ['Basic', 'Basic YWdlbnQ6cGFzc3dvcmQ='],
    ['DPoP', 'DPoP abc.def.ghi'],
    ['a scheme that only begins like Bearer', 'BearerX abc.def.ghi'],
    ['a token without scheme', 'abc.def.ghi'],
  ])('%s is missing, not invalid', async (_, header) => {
    expect(await failure(auth.authenticate(header))).toMatchObject({ kind: 'missing', status: 401 });
  });
});

describe('forged and foreign tokens', () => {
  const minted: [string, TokenRequest][] = [
    ['a wrong issuer', { claims: { iss: 'https://evil.test' } }],
    ['an issuer with a slash more', { claims: { iss: `${issuer.issuer}/` } }],
    ['an issuer in other case', { claims: { iss: issuer.issuer.toUpperCase() } }],
    ['a list of issuers', { claims: { iss: [issuer.issuer] } }],
    ['no issuer', { claims: { iss: undefined } }],
    ['a wrong audience', { claims: { aud: 'https://other.test/mcp' } }],
    ['an audience that ours begins with', { claims: { aud: 'https://server.test' } }],
    ['an audience that begins with ours', { claims: { aud: `${issuer.audience}/admin` } }],
    ['an empty list of audiences', { claims: { aud: [] } }],
    ['an object for audience', { claims: { aud: { 0: issuer.audience } } }],
    ['no audience', { claims: { aud: undefined } }],
    ['type JWT', { header: { typ: 'JWT' } }],
    ['type id_token', { header: { typ: 'id_token+jwt' } }],
    ['type at+jwt with a tail', { header: { typ: 'at+jwt; x' } }],
    ['no type', { header: { typ: undefined } }],
    ['no exp', { claims: { exp: undefined } }],
    ['exp as text', { claims: { exp: String(seconds + 300) } }],
    ['exp null', { claims: { exp: null } }],
    ['no sub', { claims: { sub: undefined } }],
    ['an empty sub', { claims: { sub: '' } }],
    ['a number for sub', { claims: { sub: 7 } }],
    ['an object for sub', { claims: { sub: { toString: 'agent-1' } } }],
    ['an endless sub', { claims: { sub: 'x'.repeat(257) } }],
    ['nbf beyond tolerance', { claims: { nbf: seconds + 6 } }],
    ['nbf as text', { claims: { nbf: 'now' } }],
    ['iat as text', { claims: { iat: 'now' } }],
    ['an unknown key id', { header: { kid: 'nobody' } }],
    ['a path for key id', { header: { kid: '../../../../dev/null' } }],
    ['SQL for key id', { header: { kid: "x' UNION SELECT 'secret" } }],
    ['an object for key id', { header: { kid: { toString: goodHeader.kid } } }],
  ];
  it.each(minted)('%s is refused', async (_, request) => {
    const token = await issuer.mint(request).catch(() => withHeader({ ...goodHeader, ...request.header }));
    expect(await failure(auth.authenticate(bearer(token)))).toMatchObject({ kind: 'invalid', status: 401 });
  });

  const publicJwk = issuer.jwks().keys[0];
  const jwkText = JSON.stringify(publicJwk);
  const evilJwk = stranger.jwks().keys[0];
  const made: [string, () => string | Promise<string>][] = [
    ['alg none', () => withHeader({ ...goodHeader, alg: 'none' })],
    ['alg none without signature', () => `${encode({ ...goodHeader, alg: 'none' })}.${encode(goodClaims)}.`],
    ['alg None', () => `${encode({ ...goodHeader, alg: 'None' })}.${encode(goodClaims)}.`],
    ['alg empty', () => withHeader({ ...goodHeader, alg: '' })],
    ['no alg', () => withHeader({ typ: 'at+jwt', kid: goodHeader.kid })],
    ['alg as a list', () => withHeader({ ...goodHeader, alg: ['ES256'] })],
    ['HS256 with the public key as secret', () => hmac(jwkText)],
    ['HS256 with the coordinate as secret', () => hmac(publicJwk?.x ?? '')],
    ['HS256 with an empty secret', () => hmac(' ')],
    ['HS512', () => hmac(jwkText, { ...goodHeader, alg: 'HS512' })],
    ['RS256 where the key is EC', () => rs256({ ...goodHeader, alg: 'RS256' })],
    ['ES384 where the key is P-256', () => withHeader({ ...goodHeader, alg: 'ES384' })],
    ['another key with the same key id', () => stranger.mint({ header: { kid: goodHeader.kid }, claims: goodClaims })],
    ['another key without key id', () => stranger.mint({ header: { kid: undefined }, claims: goodClaims })],
    ['an embedded jwk', () => stranger.mint({ header: { jwk: evilJwk, kid: evilJwk?.kid }, claims: goodClaims })],
    ['a jku of the attacker', () => stranger.mint({ header: { jku: 'https://evil.test/jwks' }, claims: goodClaims })],
    ['an x5u of the attacker', () => stranger.mint({ header: { x5u: 'https://evil.test/cert' }, claims: goodClaims })],
    ['an x5c of the attacker', () => stranger.mint({ header: { x5c: ['AAAA'] }, claims: goodClaims })],
    ['an unknown critical header', () => withHeader({ ...goodHeader, crit: ['evil'], evil: true })],
    ['an empty critical header', () => withHeader({ ...goodHeader, crit: [] })],
    ['an unencoded payload (RFC 7797)', () => withHeader({ ...goodHeader, crit: ['b64'], b64: false })],
    ['changed claims', async () => (await issuer.mint()).replace(/\.[^.]+\./, `.${encode(goodClaims)}.`)],
    ['a signature cut short', async () => (await issuer.mint()).slice(0, -8)],
    ['no signature', async () => `${(await issuer.mint()).split('.').slice(0, 2).join('.')}.`],
    ['a signature of zeros', async () => `${(await issuer.mint()).split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`],
    ['only two parts', async () => (await issuer.mint()).split('.').slice(0, 2).join('.')],
    ['one part', () => 'garbage'],
    ['four parts', async () => `${await issuer.mint()}.x`],
    ['five parts (JWE)', () => `${encode({ alg: 'dir', enc: 'A256GCM' })}.a.b.c.d`],
    ['empty parts', () => '..'],
    [
      'a token within a token',
      async () => `${encode({ ...goodHeader, cty: 'JWT' })}.${encode(await issuer.mint())}.AAAA`,
    ],
    ['two tokens', async () => `${await issuer.mint()} ${await issuer.mint()}`],
    [
      'two tokens with a comma, as duplicated headers are joined',
      async () => `${await issuer.mint()}, Bearer ${await issuer.mint()}`,
    ],
    ['a header that is no JSON', () => `${encode('{"alg":')}.${encode(goodClaims)}.AAAA`],
    ['a header that is a list', () => `${encode('[]')}.${encode(goodClaims)}.AAAA`],
    ['a payload that is no object', () => `${encode(goodHeader)}.${encode('"x"')}.AAAA`],
    ['a bad escape in a name', () => `${encode('{"\\x":1}')}.${encode(goodClaims)}.AAAA`],
    ['bytes outside base64url', () => 'ä.b.c'],
    ['a NUL', () => 'a\0.b.c'],
    ['nothing after the scheme', () => ''],
    ['white space after the scheme', () => '   '],
    ['a huge token', async () => `${await issuer.mint({ claims: { pad: 'x'.repeat(20_000) } })}`],
    ['a megabyte', () => 'x'.repeat(1_000_000)],
    ['the key id of another algorithm', () => rs256({ ...goodHeader, alg: 'RS256', kid: goodHeader.kid })],
    ['PS256 where the key is EC', () => rs256({ ...goodHeader, alg: 'PS256' })],
    ['EdDSA where the key is EC', () => withHeader({ ...goodHeader, alg: 'EdDSA' })],
    ['ES256K', () => withHeader({ ...goodHeader, alg: 'ES256K' })],
    ['a zip header', () => stranger.mint({ header: { zip: 'DEF', kid: goodHeader.kid }, claims: goodClaims })],
    ['a key id that is a URL of the attacker', () => stranger.mint({ header: { kid: 'https://evil.test/jwks#1' } })],
    ['an empty key id', () => stranger.mint({ header: { kid: '' }, claims: goodClaims })],
    ['a signature in the encoding of DER', () => derSigned()],
    ['a signature with a byte more', async () => `${await issuer.mint()}AA`],
    ['padding after the signature', async () => `${await issuer.mint()}==`],
    ['stray bits at the end of the signature', async () => respelled(await issuer.mint())],
    ['a signature of another token', async () => swapped(await issuer.mint(), await issuer.mint({ subject: 'root' }))],
    ['deep JSON', () => `${encode('['.repeat(5_000))}.${encode(goodClaims)}.AAAA`],
  ];
  it('the matrix is no smaller than it was meant to be', () => {
    expect(minted.length + made.length).toBeGreaterThanOrEqual(80);
  });

  it.each(made)('%s is refused', async (_, make) => {
    expect(await failure(auth.authenticate(bearer(await make())))).toMatchObject({ kind: 'invalid', status: 401 });
  });

  const claims = JSON.stringify(goodClaims);
  const header = '{"alg":"ES256","typ":"at+jwt","kid":"raw"}';
  it.each([
    ['two subjects', claims.replace('{', '{"sub":"root",'), header],
    ['two subjects, one of them escaped', claims.replace('{', '{"\\u0073ub":"root",'), header],
    ['two equal expiries', claims.replace('{', `{"exp":${seconds + 300},`), header],
    ['two algorithms', claims, '{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"raw"}'],
    ['an endless exp', claims.replace(`"exp":${seconds + 300}`, '"exp":1e999'), header],
    ['invalid UTF-16 and no end', claims.slice(0, -1), header],
  ])('%s is refused although the signature is good', async (_, payload, head) => {
    await expect(ecAuth.authenticate(bearer(es256(claims)))).resolves.toBeDefined();
    expect(await failure(ecAuth.authenticate(bearer(es256(payload, head))))).toMatchObject({ kind: 'invalid' });
  });

  it('a repeated name inside a claim is no concern of ours', async () => {
    const payload = claims.replace('{', '{"note":"{\\"a\\":1,\\"a\\":2}","deep":{"a":1,"b":{"a":2}},');
    await expect(ecAuth.authenticate(bearer(es256(payload)))).resolves.toBeDefined();
  });

  it.each([
    ['expired by a second beyond tolerance', { expiresInSeconds: -6 }],
    ['expired exactly at the end of the tolerance', { expiresInSeconds: -5 }],
    ['expired long ago', { claims: { exp: 1 } }],
    ['expired with a negative time', { claims: { exp: -1 } }],
  ])('%s says so', async (_, request) => {
    expect(await failure(auth.authenticate(bearer(await issuer.mint(request))))).toMatchObject({
      kind: 'expired',
      status: 401,
    });
  });

  it('expired and from a stranger is only invalid: the signature comes first', async () => {
    const token = await stranger.mint({ expiresInSeconds: -60, header: { kid: goodHeader.kid } });
    expect(await failure(auth.authenticate(bearer(token)))).toMatchObject({ kind: 'invalid' });
  });

  it('no refusal holds the token or a claim', async () => {
    for (const request of [
      { claims: { aud: 'https://other.test' } },
      { expiresInSeconds: -60 },
      { header: { kid: 'x' } },
    ]) {
      const token = await issuer.mint({ subject: 'secret-agent', ...request });
      const error = await failure(auth.authenticate(bearer(token)));
      const shown = `${error.stack} ${error.reason} ${JSON.stringify(error)} ${String(error.cause)}`;
      for (const part of [...token.split('.'), 'secret-agent']) expect(shown).not.toContain(part);
    }
  });
});

describe('what was verified is remembered', () => {
  it('equal tokens give the same object, also when they come together and after the memory has run out', async () => {
    const header = bearer(await issuer.mint());
    const together = await Promise.all(Array.from({ length: 20 }, () => auth.authenticate(header)));
    expect(new Set(together).size).toBe(1);
    clock.time = start + 61_000;
    expect(await auth.authenticate(header)).toBe(together[0]);
    clock.time = start;
  });

  it('a token is remembered from when it was verified until it expires, whatever is presented otherwise', async () => {
    const token = await issuer.mint();
    expect(auth.remembers?.(`Bearer ${token}`)).toBe(false);
    await auth.authenticate(`Bearer ${token}`);
    expect(auth.remembers?.(`bearer ${token}`)).toBe(true);
    for (const header of [undefined, '', token, `Basic ${token}`, `Bearer ${token}x`, `Bearer ${'x'.repeat(20_000)}`]) {
      expect(auth.remembers?.(header)).toBe(false);
    }
    clock.time += 299_000;
    expect(auth.remembers?.(`Bearer ${token}`)).toBe(true);
    clock.time += 1_000;
    expect(auth.remembers?.(`Bearer ${token}`)).toBe(false);
    clock.time -= 300_000;
  });

  it('for 60 seconds: then its signature is checked again', async () => {
    const own = jwtAuthenticator(base);
    const header = bearer(await issuer.mint());
    const misses = () => own.measures().find(({ labels }) => labels.cache === 'miss')?.value;
    for (const [afterMs, verified] of [
      [0, 1],
      [59_999, 1],
      [60_000, 2],
      [119_999, 2],
      [120_000, 3],
    ] as const) {
      clock.time = start + afterMs;
      await own.authenticate(header);
      expect(misses()).toBe(verified);
    }
    clock.time = start;
  });

  it('expiry is checked on every use', async () => {
    const header = bearer(await issuer.mint({ expiresInSeconds: 30 }));
    await auth.authenticate(header);
    clock.time = start + 35_000;
    expect(await failure(auth.authenticate(header))).toMatchObject({ kind: 'expired' });
    clock.time = start;
  });

  it('a clock that went backwards ends the trust', async () => {
    const own = jwtAuthenticator(base);
    const header = bearer(await issuer.mint({ claims: { nbf: seconds } }));
    await own.authenticate(header);
    clock.time = start - 60_000;
    expect(await failure(own.authenticate(header))).toMatchObject({ kind: 'invalid' });
    clock.time = start;
  });

  it('what a connection presented last is read once, and counts for no other header and no longer than before', async () => {
    const own = jwtAuthenticator(base);
    const connection = {};
    const over = (authorization: string | undefined) =>
      own.authenticate(authorization, { method: 'POST', url: issuer.audience, connection });
    const [first, second] = [await issuer.mint(), await issuer.mint({ subject: 'agent-2' })];
    for (const token of [first, first, second, first]) {
      await expect(over(bearer(token))).resolves.toMatchObject({ subject: token === second ? 'agent-2' : 'agent-1' });
    }
    expect(await failure(over(undefined))).toMatchObject({ kind: 'missing' });
    expect(await failure(over(bearer(swapped(first, second))))).toMatchObject({ kind: 'invalid' });
    await expect(over(bearer(first))).resolves.toBeDefined();
    clock.time += 306_000;
    expect(await failure(over(bearer(first)))).toMatchObject({ kind: 'expired' });
    clock.time = start;
  });

  it('the key is asked for once a minute', async () => {
    const keys = await issuer.serve();
    const own = jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, clock, jwksUrl: keys.url });
    const header = bearer(await issuer.mint());
    for (let i = 0; i < 50; i++) await own.authenticate(header);
    expect(keys.fetches()).toBe(1);
    await keys.close();
  });

  it('how many were remembered and how many verified is counted, and the age of keys that are given is 0', async () => {
    const own = jwtAuthenticator(base);
    const header = bearer(await issuer.mint());
    for (let i = 0; i < 3; i++) await own.authenticate(header);
    await failure(own.authenticate('Bearer x.y.z'));
    expect(own.measures().map(({ name, labels, value }) => [name, labels.cache, value])).toEqual([
      ['jwks_age_seconds', undefined, 0],
      ['tokens_total', 'hit', 2],
      ['tokens_total', 'miss', 2],
    ]);
  });

  it('no more than the given number is kept, the oldest goes first', async () => {
    const own = jwtAuthenticator({ ...base, remember: 2 });
    const headers = await Promise.all([1, 2, 3].map(async () => bearer(await issuer.mint())));
    const first: unknown[] = [];
    // One after the other: signatures are verified on threads, so of three at once any may be the oldest.
    for (const header of headers) first.push(await own.authenticate(header));
    expect(await own.authenticate(headers[2])).toBe(first[2]);
    expect(await own.authenticate(headers[0])).not.toBe(first[0]);
  });
});

describe('keys from an issuer', () => {
  const remote = (jwksUrl: string) =>
    jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, clock, jwksUrl });

  it('are fetched and used', async () => {
    const keys = await issuer.serve();
    await expect(remote(keys.url).authenticate(bearer(await issuer.mint()))).resolves.toMatchObject({
      subject: 'agent-1',
    });
    await keys.close();
  });

  it('that cannot be had are 503, not 401', async () => {
    const keys = await issuer.serve();
    await keys.close();
    const error = await failure(remote(keys.url).authenticate(bearer(await issuer.mint())));
    expect(error).toMatchObject({ kind: 'unavailable', status: 503 });
    expect(error.message).not.toContain('127.0.0.1');
  });

  it('that are known go on verifying while the issuer is down', async () => {
    const keys = await issuer.serve();
    const own = remote(keys.url);
    await own.authenticate(bearer(await issuer.mint()));
    await keys.close();
    await expect(own.authenticate(bearer(await issuer.mint()))).resolves.toBeDefined();
  });

  it('are not asked for again by unknown key ids: 1,000 of them cause one fetch besides the first', async () => {
    const keys = await issuer.serve();
    const own = remote(keys.url);
    const tokens = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => issuer.mint({ header: { kid: `random-${i}` } })),
    );
    const kinds = await Promise.all(tokens.map(async (token) => (await failure(own.authenticate(bearer(token)))).kind));
    expect(new Set(kinds)).toEqual(new Set(['invalid']));
    expect(keys.fetches()).toBeLessThanOrEqual(2);
    await keys.close();
  });

  it('are not fetched for callers without a token', async () => {
    const fetching = vi.spyOn(globalThis, 'fetch');
    await failure(remote('https://issuer.test/jwks').authenticate(undefined));
    expect(fetching).not.toHaveBeenCalled();
  });
});

describe('options that would accept too much are refused at once', () => {
  it.each<[string, object]>([
    ['HS256', { algorithms: ['HS256'] }],
    ['none', { algorithms: ['ES256', 'none'] }],
    ['no algorithm', { algorithms: [] }],
    ['a tolerance above 30 s', { clockToleranceSeconds: 31 }],
    ['a negative tolerance', { clockToleranceSeconds: -1 }],
    ['an empty issuer', { issuer: '' }],
    ['an empty audience', { audience: '' }],
    ['no audience', { audience: [] }],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
    ['a private key', { jwks: { keys: [{ ...issuer.jwks().keys[0], d: 'AAAA' }] } }],
    ['keys over plain HTTP', { jwks: undefined, jwksUrl: 'http://issuer.test/jwks' }],
    ['no issuer', { issuer: undefined }],
    ['null for an issuer', { issuer: null }],
    ['several issuers', { issuer: ['https://issuer.test', 'https://evil.test'] }],
    ['an undefined audience', { audience: undefined }],
    ['an undefined audience among others', { audience: ['https://mcp.test', undefined] }],
    ['an audience that is no text', { audience: 7 }],
    ['a tolerance that is no number', { clockToleranceSeconds: '5' }],
    ['a misspelt option', { clockTolerance: 5 }],
    ['a misspelt claim that is required', { requird: { org: 'acme' } }],
    ['a claim that is required to be nothing', { required: { org: undefined } }],
    ['a claim that is required to be one of none', { required: { org: [] } }],
    ['a misspelt name of a claim', { claims: { tenat: 'org' } }],
    ['no keys', { jwks: undefined }],
    ['keys twice', { jwksUrl: 'https://issuer.test/jwks' }],
    ['keys of another form', { jwks: [] }],
    ['keys from what is no URL', { jwks: undefined, jwksUrl: 'issuer.test/jwks' }],
    ['a misspelt dpop', { dpop: 'require' }],
    ['a nonce key that is text', { dpop: 'required', dpopNonceKey: 'x'.repeat(32) }],
    ['keys from a file', { jwks: undefined, jwksUrl: 'file:///etc/passwd' }],
  ])('%s', (_, options) => {
    expect(() => jwtAuthenticator({ ...base, ...options })).toThrow(TypeError);
  });
});

it('an option that is wrong is named, with what it must be', () => {
  const made = (options: object) => () => jwtAuthenticator({ ...base, ...options });
  expect(made({ issuer: undefined })).toThrow('jwtAuthenticator: issuer must be a string that is not empty');
  expect(made({ audience: undefined })).toThrow(
    'jwtAuthenticator: audience must be a string that is not empty, or an array',
  );
  expect(made({ jwks: undefined, jwksUrl: 'x' })).toThrow('jwtAuthenticator: jwksUrl is wrong: it must be a URL');
  expect(made({ clockTolerance: 5 })).toThrow('did you mean clockToleranceSeconds?');
});
