import { type TokenIssuer, tokenIssuer } from '@sallyport/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KeyServer, keyServer } from '../test-rig/key-server.js';
import { type AgingKeys, type AuthError, type JwtAuthenticator, jwtAuthenticator } from './index.js';

const minute = 60_000;
const hour = 60 * minute;
const clock = { time: Date.UTC(2026, 10, 23), now: () => clock.time };
let issuer: TokenIssuer;
let keys: KeyServer;

beforeEach(async () => {
  issuer = await tokenIssuer({ clock });
  keys = await keyServer(issuer.jwks);
});
afterEach(() => keys.close());

const authenticator = () =>
  jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwksUrl: keys.url, clock, remember: 0 });
const bearer = async (header = {}) => `Bearer ${await issuer.mint({ header })}`;
const kindOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'accepted',
    (error: unknown) => (error as AuthError).kind,
  );

describe('an issuer that cannot be reached', () => {
  it('for an hour: known keys verify, and it is asked at most twice a minute', async () => {
    const auth = authenticator();
    await auth.authenticate(await bearer());
    keys.answer = 'down';
    keys.fetches = 0;
    for (let second = 0; second < 3_600; second += 4) {
      clock.time += 4_000;
      expect(await kindOf(auth.authenticate(await bearer()))).toBe('accepted');
    }
    expect(keys.fetches).toBeGreaterThan(10);
    expect(keys.fetches).toBeLessThanOrEqual(2 * 60);
    expect(auth.jwksAgeMs()).toBe(hour);
    expect(auth.measures()).toContainEqual(
      expect.objectContaining({ name: 'jwks_age_seconds', value: 3_600, labels: { issuer: issuer.issuer } }),
    );
  }, 30_000);

  it('from an hour on is told of at most twice a minute, with the time that is left, until it answers again', async () => {
    const told: AgingKeys[] = [];
    const auth = jwtAuthenticator({
      issuer: issuer.issuer,
      audience: issuer.audience,
      jwksUrl: keys.url,
      clock,
      onAgingKeys: (event) => told.push(event),
    });
    await auth.authenticate(await bearer());
    keys.answer = 'down';
    const callsFor = async (minutes: number) => {
      for (let i = 0; i < minutes * 4; i++) {
        clock.time += 15_000;
        await auth.authenticate(await bearer());
        // Attempts are made beside calls; one of a key that nobody knows waits for them.
        await kindOf(auth.authenticate(await bearer({ kid: `unknown-${clock.time}` })));
      }
    };
    await callsFor(59);
    expect(told).toEqual([]);
    await callsFor(31);
    expect(told.length).toBeGreaterThan(20);
    expect(told.length).toBeLessThanOrEqual(2 * 31);
    expect(told.at(-1)).toMatchObject({ issuer: issuer.issuer });
    for (const { ageMs, leftMs } of told) expect(ageMs + leftMs).toBe(24 * hour);
    keys.answer = () => JSON.stringify(issuer.jwks());
    await callsFor(2);
    const before = told.length;
    await callsFor(9);
    expect(told.length).toBe(before);
  }, 30_000);

  it('for 24 hours: its keys verify nothing any more, and again when it is back', async () => {
    const auth = authenticator();
    await auth.authenticate(await bearer());
    keys.answer = 'down';
    clock.time += 24 * hour - 1;
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('accepted');
    clock.time += minute;
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('unavailable');
    keys.answer = () => JSON.stringify(issuer.jwks());
    clock.time += minute;
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('accepted');
    expect(auth.jwksAgeMs()).toBe(0);
  });

  it('from the start: one attempt for everybody, none for each token', async () => {
    keys.answer = 'down';
    const auth = authenticator();
    const header = await bearer();
    const kinds = await Promise.all(Array.from({ length: 500 }, () => kindOf(auth.authenticate(header))));
    for (let i = 0; i < 500; i++) kinds.push(await kindOf(auth.authenticate(header)));
    expect(new Set(kinds)).toEqual(new Set(['unavailable']));
    expect(keys.fetches).toBe(1);
    expect(auth.jwksAgeMs()).toBeUndefined();
    expect(auth.measures()).toContainEqual(expect.objectContaining({ name: 'jwks_age_seconds', value: Number.NaN }));
  });

  it('from the start and for a while: it is asked every 5 seconds, and calls are well 5 seconds after its return', async () => {
    keys.answer = 'down';
    const auth = authenticator();
    const answersOf = async (seconds: number) => {
      const kinds: string[] = [];
      for (let second = 0; second < seconds; second++) {
        clock.time += 1_000;
        kinds.push(await kindOf(auth.authenticate(await bearer())));
      }
      return kinds;
    };
    expect(new Set(await answersOf(120))).toEqual(new Set(['unavailable']));
    expect(keys.fetches).toBe(120 / 5);
    keys.answer = () => JSON.stringify(issuer.jwks());
    expect((await answersOf(6)).at(-1)).toBe('accepted');
  });

  it('an unknown key id is 503 then, because the key may be a new one', async () => {
    const auth = authenticator();
    await auth.authenticate(await bearer());
    keys.answer = 'down';
    expect(await kindOf(auth.authenticate(await bearer({ kid: 'new' })))).toBe('unavailable');
  });

  it.each([
    ['no JSON', '<html>'],
    ['no key set', '{"keys":{}}'],
    ['a list', '[]'],
    ['no keys', '{"keys":[]}'],
    ['two megabytes', `{"keys":[${' '.repeat(2 * 1024 * 1024)}]}`],
  ])('answering with %s counts as unreachable', async (_, text) => {
    const auth = authenticator();
    await auth.authenticate(await bearer());
    keys.answer = () => text;
    clock.time += 11 * minute;
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('accepted');
    expect(await kindOf(auth.authenticate(await bearer({ kid: 'x' })))).toBe('unavailable');
    expect(auth.jwksAgeMs()).toBe(11 * minute);
  });
});

describe('readiness', () => {
  const isReady = (auth: JwtAuthenticator) => kindOf(auth.ready());

  it('begins with the first keys, which are asked for every 5 seconds however often somebody wants to know', async () => {
    keys.answer = 'down';
    const auth = authenticator();
    for (let second = 0; second < 60; second++) {
      expect(await isReady(auth)).toBe('unavailable');
      clock.time += 1_000;
    }
    expect(keys.fetches).toBe(60 / 5);
    keys.answer = () => JSON.stringify(issuer.jwks());
    clock.time += 5_000;
    expect(await isReady(auth)).toBe('accepted');
    keys.answer = 'down';
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('accepted');
  });

  it('outlasts an issuer that goes away, for as long as its keys verify, and returns with it', async () => {
    const auth = authenticator();
    expect(await isReady(auth)).toBe('accepted');
    keys.answer = 'down';
    clock.time += 24 * hour - 1;
    expect(await isReady(auth)).toBe('accepted');
    clock.time += minute;
    expect(await isReady(auth)).toBe('unavailable');
    keys.answer = () => JSON.stringify(issuer.jwks());
    clock.time += minute;
    expect(await isReady(auth)).toBe('accepted');
  });

  it('is there at once with keys that are given', async () => {
    const auth = jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks(), clock });
    expect(await isReady(auth)).toBe('accepted');
  });

  it('fetches the keys again before they are old, also where nobody calls', async () => {
    const auth = authenticator();
    await isReady(auth);
    clock.time += 11 * minute;
    await isReady(auth);
    await expect.poll(() => auth.jwksAgeMs()).toBe(0);
  });
});

describe('unknown key ids', () => {
  it('10,000 random ones cause at most 2 fetches a minute, and all are refused', async () => {
    const auth = authenticator();
    await auth.authenticate(await bearer());
    const genuine = (await issuer.mint()).split('.');
    keys.fetches = 0;
    let afterMinute = 0;
    for (let i = 0; i < 10_000; i++) {
      // Five minutes in all.
      clock.time += 30;
      const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: `random-${i}` }));
      const kind = await kindOf(
        auth.authenticate(`Bearer ${header.toString('base64url')}.${genuine[1]}.${genuine[2]}`),
      );
      expect(kind).toBe('invalid');
      if (i === 1_999) afterMinute = keys.fetches;
    }
    expect(afterMinute).toBeLessThanOrEqual(2);
    expect(keys.fetches).toBeLessThanOrEqual(2 * 5);
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('accepted');
  }, 30_000);

  it('10,000 random ones while the issuer is down cause at most 2 attempts a minute, and known keys verify', async () => {
    const auth = authenticator();
    await auth.authenticate(await bearer());
    const genuine = (await issuer.mint({ expiresInSeconds: 3_600 })).split('.');
    keys.answer = 'down';
    keys.fetches = 0;
    const began = clock.time;
    const attempts: number[] = [];
    for (let i = 0; i < 10_000; i++) {
      // Ten minutes in all.
      clock.time += 60;
      const before = keys.fetches;
      const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: `random-${i}` }));
      const forged = `Bearer ${header.toString('base64url')}.${genuine[1]}.${genuine[2]}`;
      expect(await kindOf(auth.authenticate(forged))).not.toBe('accepted');
      if (keys.fetches > before) attempts.push(clock.time - began);
    }
    expect(attempts.length).toBeGreaterThan(10);
    for (const at of attempts) {
      expect(attempts.filter((other) => other >= at && other < at + minute).length).toBeLessThanOrEqual(2);
    }
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('accepted');
  }, 30_000);

  it('the same one again is not asked for within a minute', async () => {
    const auth = authenticator();
    await auth.authenticate(await bearer());
    clock.time += minute;
    keys.fetches = 0;
    for (let i = 0; i < 50; i++) expect(await kindOf(auth.authenticate(await bearer({ kid: 'x' })))).toBe('invalid');
    expect(keys.fetches).toBe(1);
  });
});

describe('rotation', () => {
  it('is picked up by the first token of the new key, and the old one goes on verifying', async () => {
    const auth = authenticator();
    const old = await bearer();
    await auth.authenticate(old);
    await issuer.rotate();
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('accepted');
    expect(await kindOf(auth.authenticate(old))).toBe('accepted');
    expect(keys.fetches).toBe(2);
  });

  it('a key the issuer has withdrawn is known for 10 minutes at most', async () => {
    const auth = authenticator();
    await auth.authenticate(await bearer());
    const old = await issuer.mint({ expiresInSeconds: 3_600 });
    await issuer.rotate('dropped');
    clock.time += 10 * minute;
    await auth.authenticate(`Bearer ${old}`);
    await expect.poll(() => auth.jwksAgeMs()).toBe(0);
    expect(await kindOf(auth.authenticate(`Bearer ${old}`))).toBe('invalid');
  });

  it('is picked up within a minute although strangers use up every fetch', async () => {
    const auth = authenticator();
    await auth.authenticate(await bearer());
    for (let i = 0; i < 10; i++) await kindOf(auth.authenticate(await bearer({ kid: `random-${i}` })));
    await issuer.rotate();
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('invalid');
    clock.time += minute;
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('accepted');
  });

  it('a refresh holds nobody up', async () => {
    const auth = authenticator();
    await auth.authenticate(await bearer());
    let release: (text: string) => void = () => {};
    keys.answer = () => new Promise((resolve) => (release = resolve));
    clock.time += 11 * minute;
    expect(await kindOf(auth.authenticate(await bearer()))).toBe('accepted');
    await expect.poll(() => keys.fetches).toBe(2);
    release(JSON.stringify(issuer.jwks()));
    await expect.poll(() => auth.jwksAgeMs()).toBe(0);
  });
});

describe('several keys that fit', () => {
  it('a token without key id is tried with each', async () => {
    const first = await bearer({ kid: undefined });
    await issuer.rotate();
    const auth = authenticator();
    expect(await kindOf(auth.authenticate(first))).toBe('accepted');
    expect(await kindOf(auth.authenticate(await bearer({ kid: undefined })))).toBe('accepted');
    const stranger = await tokenIssuer({ clock });
    expect(await kindOf(auth.authenticate(`Bearer ${await stranger.mint({ header: { kid: undefined } })}`))).toBe(
      'invalid',
    );
  });

  it('so is one whose key id two keys share, and claims are checked as ever', async () => {
    await issuer.rotate();
    const shared = { keys: issuer.jwks().keys.map((key) => ({ ...key, kid: 'same' })) };
    const auth = jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: shared, clock });
    expect(await kindOf(auth.authenticate(await bearer({ kid: 'same' })))).toBe('accepted');
    const stranger = await tokenIssuer({ clock });
    const forged = await stranger.mint({ header: { kid: 'same' } });
    expect(await kindOf(auth.authenticate(`Bearer ${forged}`))).toBe('invalid');
    const expired = await issuer.mint({ header: { kid: 'same' }, expiresInSeconds: -60 });
    expect(await kindOf(auth.authenticate(`Bearer ${expired}`))).toBe('expired');
    const foreign = await issuer.mint({ header: { kid: 'same' }, claims: { aud: 'https://other.test' } });
    expect(await kindOf(auth.authenticate(`Bearer ${foreign}`))).toBe('invalid');
  });
});
