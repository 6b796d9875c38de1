import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FormServer, formServer } from '../test-rig/form-server.js';
import { type AuthError, introspection } from './index.js';

const start = Date.UTC(2026, 10, 23);
const clock = { time: start, now: () => clock.time };
const seconds = start / 1000;
const good = {
  active: true,
  iss: 'https://issuer.test',
  aud: ['https://server.test/mcp'],
  sub: 'agent-1',
  client_id: 'c',
  scope: 'mcp:tools:read',
  exp: seconds + 300,
  jti: 'id',
};
let server: FormServer;

beforeEach(async () => {
  clock.time = start;
  server = await formServer(() => ({ body: good }));
});
afterEach(() => server.close());

const make = (options = {}) =>
  introspection({
    endpoint: server.url,
    issuer: 'https://issuer.test',
    audience: 'https://server.test/mcp',
    clientId: 'mcp server',
    clientSecret: 'p@ss:word+%',
    clock,
    ...options,
  });
const kindOf = (auth: ReturnType<typeof make>, token = 'opaque') =>
  auth.authenticate(`Bearer ${token}`).then(
    () => 'accepted',
    (error: AuthError) => error.kind,
  );

describe('introspection (RFC 7662)', () => {
  it('an active token becomes its principal', async () => {
    expect(await make().authenticate('Bearer opaque')).toEqual({
      issuer: 'https://issuer.test',
      subject: 'agent-1',
      clientId: 'c',
      scopes: ['mcp:tools:read'],
      tokenId: 'id',
      expiresAt: seconds + 300,
    });
  });

  it('the endpoint learns who asks, form-encoded (RFC 6749 section 2.3.1)', async () => {
    await make().authenticate('Bearer opaque');
    const [{ headers, form } = { headers: {}, form: new URLSearchParams() }] = server.received;
    expect(Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString()).toBe(
      'mcp+server:p%40ss%3Aword%2B%25',
    );
    expect(Object.fromEntries(form)).toEqual({ token: 'opaque', token_type_hint: 'access_token' });
  });

  it.each<[string, object, string]>([
    ['not active', { active: false }, 'invalid'],
    ['active as text', { active: 'true' }, 'invalid'],
    ['without active', { active: undefined }, 'invalid'],
    ['of another issuer', { iss: 'https://other.test' }, 'invalid'],
    ['for another audience', { aud: 'https://other.test' }, 'invalid'],
    ['without an audience', { aud: undefined }, 'invalid'],
    ['with an object for audience', { aud: {} }, 'invalid'],
    ['without an expiry, which is not made up', { exp: undefined }, 'invalid'],
    ['with an expiry as text', { exp: String(seconds + 300) }, 'invalid'],
    ['expired', { exp: seconds }, 'expired'],
    ['not valid yet', { nbf: seconds + 60 }, 'invalid'],
    ['not valid for a second', { nbf: seconds + 1 }, 'invalid'],
    ['expired by a second', { exp: seconds - 1 }, 'expired'],
    ['without a subject and a client', { sub: undefined, client_id: undefined }, 'invalid'],
    ['with a number for subject', { sub: 7 }, 'invalid'],
    ['with blanks for subject', { sub: ' ' }, 'invalid'],
    ['with two lines for subject', { sub: 'a\nb' }, 'invalid'],
    ['bound to a key', { cnf: { jkt: 'x' } }, 'invalid'],
  ])('a token that is %s is refused', async (_, change, kind) => {
    server.answer = () => ({ body: { ...good, ...change } });
    expect(await kindOf(make())).toBe(kind);
  });

  it.each<[string, object, string]>([
    ['expired 29 s ago', { exp: seconds - 29 }, 'accepted'],
    ['expired 30 s ago', { exp: seconds - 30 }, 'expired'],
    ['valid in 30 s', { nbf: seconds + 30 }, 'accepted'],
    ['valid in 31 s', { nbf: seconds + 31 }, 'invalid'],
  ])('with a tolerance of 30 s a token that is %s is judged with it', async (_, change, kind) => {
    server.answer = () => ({ body: { ...good, ...change } });
    expect(await kindOf(make({ clockToleranceSeconds: 30 }))).toBe(kind);
  });

  it('a client that acts for itself is its own subject (RFC 9068 section 2.2)', async () => {
    server.answer = () => ({ body: { ...good, sub: undefined } });
    expect(await make().authenticate('Bearer opaque')).toMatchObject({ subject: 'c', clientId: 'c' });
  });

  it('the issuer may be left out of an answer of its own', async () => {
    server.answer = () => ({ body: { ...good, iss: undefined } });
    expect(await kindOf(make())).toBe('accepted');
  });

  it.each<[string, FormServer['answer']]>([
    ['cuts the connection', 'down'],
    ['answers 401: it does not know us', () => ({ status: 401, body: {} })],
    ['answers 500', () => ({ status: 500, body: good })],
    ['answers with a page', () => ({ body: '<html>' })],
    ['answers with a list', () => ({ body: [good] })],
    ['answers with two megabytes', () => ({ body: { ...good, pad: 'x'.repeat(2 * 1024 * 1024) } })],
  ])('an endpoint that %s is 503', async (_, answer) => {
    server.answer = answer;
    expect(await kindOf(make())).toBe('unavailable');
  });

  it('no more questions than allowed are under way at once', async () => {
    server.answer = () => new Promise(() => {});
    const auth = make({ concurrent: 2 });
    const waiting = [kindOf(auth, 'a'), kindOf(auth, 'b')];
    expect(await kindOf(auth, 'c')).toBe('unavailable');
    await server.close();
    expect(await Promise.all(waiting)).toEqual(['unavailable', 'unavailable']);
  });

  it.each(['http://issuer.test/introspect', 'file:///etc/passwd'])(
    'an endpoint at %s is refused at once',
    (endpoint) => {
      expect(() => make({ endpoint })).toThrow(TypeError);
    },
  );

  it.each<object>([
    { clientSecret: '' },
    { clientId: '' },
    { clientSecret: undefined },
    { audience: [] },
    { audience: undefined },
    { issuer: '' },
    { issuer: undefined },
    { trustMs: 60_001 },
    { trust: 5 },
    { clockToleranceSeconds: 31 },
    { endpoint: undefined },
  ])('options that accept too much are refused at once: %j', (options) => {
    expect(() => make(options)).toThrow(TypeError);
  });
});

describe('what the endpoint answered is remembered', () => {
  it('for 5 seconds: a revoked token is dead then', async () => {
    const auth = make();
    const first = await auth.authenticate('Bearer opaque');
    for (let i = 0; i < 50; i++) expect(await auth.authenticate('Bearer opaque')).toBe(first);
    expect(server.received).toHaveLength(1);
    server.answer = () => ({ body: { active: false } });
    clock.time += 4_999;
    expect(await kindOf(auth)).toBe('accepted');
    clock.time += 1;
    expect(await kindOf(auth)).toBe('invalid');
  });

  it('a refusal as well, so that a bad token asks once in 5 seconds', async () => {
    server.answer = () => ({ body: { active: false } });
    const auth = make();
    for (let i = 0; i < 50; i++) expect(await kindOf(auth)).toBe('invalid');
    expect(server.received).toHaveLength(1);
    clock.time += 5_000;
    server.answer = () => ({ body: good });
    expect(await kindOf(auth)).toBe('accepted');
  });

  it('an outage is not', async () => {
    const auth = make();
    server.answer = 'down';
    expect(await kindOf(auth)).toBe('unavailable');
    server.answer = () => ({ body: good });
    expect(await kindOf(auth)).toBe('accepted');
  });

  it('the same answer later is the same principal, another is another', async () => {
    const auth = make();
    const first = await auth.authenticate('Bearer opaque');
    clock.time += 5_000;
    expect(await auth.authenticate('Bearer opaque')).toBe(first);
    server.answer = () => ({ body: { ...good, scope: '' } });
    clock.time += 5_000;
    expect((await auth.authenticate('Bearer opaque')).scopes).toEqual([]);
  });
});
