import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Authenticator } from '@sallyport/auth';
import { FakeClock } from '@sallyport/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { call, modernList, post } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';

afterEach(stopAll);

const message = call('echo', { text: 'x' });
const from = (address: string) => ({ 'X-Forwarded-For': address });

/** A server that lets 5 in a minute pass, and how often it was asked to verify something. */
async function guarded({ trustedProxies = 0, sessions = 'none' as 'none' | 'memory' } = {}) {
  const clock = new FakeClock();
  const rig = await start({ maxUnauthenticatedPerMinute: 5, trustedProxies, sessions, clock });
  const flood = async (count: number, headers: Record<string, string> = {}, token = 'bad') => {
    const statuses: number[] = [];
    for (let i = 0; i < count; i++) statuses.push((await post(rig.host.url, message, token, headers)).status);
    return statuses;
  };
  return { ...rig, clock, flood };
}

describe('an address that sends requests without a valid token', () => {
  it('gets 429 with Retry-After beyond its limit, typed, with the security headers', async () => {
    const { host, flood } = await guarded();
    expect(await flood(5)).toEqual([401, 401, 401, 401, 401]);
    const refused = await post(host.url, message, 'bad');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('12');
    expect(refused.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await refused.json()).toMatchObject({
      jsonrpc: '2.0',
      id: null,
      error: { code: 429, data: { code: 'RATE_LIMITED', retryAfterMs: 12_000 } },
    });
  });

  it.each([
    ['no token', undefined],
    ['a token that is none', 'bad'],
  ])('is refused before anything is verified, with %s', async (_, token) => {
    let asked = 0;
    const auth: Authenticator = {
      authenticate: () => {
        asked++;
        return Promise.reject(new Error('must not be asked'));
      },
    };
    const { flood } = await guarded();
    await flood(5);
    expect(await flood(3, {}, token ?? '')).toEqual([429, 429, 429]);
    const other = await start({
      auth,
      resource: { authorizationServers: [issuer.issuer] },
      maxUnauthenticatedPerMinute: 5,
      clock: new FakeClock(),
    });
    expect((await post(other.host.url, message)).status).toBe(500);
    expect(asked).toBe(1);
  });

  it('may go on at an even pace, and in full after a minute of quiet', async () => {
    const { clock, flood } = await guarded();
    await flood(5);
    await clock.advance(11_999);
    expect(await flood(1)).toEqual([429]);
    await clock.advance(1);
    expect(await flood(2)).toEqual([401, 429]);
    await clock.advance(60_000);
    expect(await flood(6)).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('does not shut out a neighbour whose token was verified before, only those nobody knows', async () => {
    const { host, flood } = await guarded();
    const known = await issuer.mint();
    expect((await post(host.url, message, known)).status).toBe(200);
    await flood(6);
    expect((await post(host.url, message, known)).status).toBe(200);
    expect((await post(host.url, message, await issuer.mint())).status).toBe(429);
  });

  it('is not every address behind a proxy: each is counted for itself, by what the trusted proxy saw', async () => {
    const { flood } = await guarded({ trustedProxies: 1 });
    expect((await flood(6, from('10.0.0.1, 203.0.113.7'))).at(-1)).toBe(429);
    expect(await flood(1, from('10.0.0.2, 203.0.113.7'))).toEqual([429]);
    expect(await flood(1, from('203.0.113.7, 203.0.113.8'))).toEqual([401]);
  });

  it('cannot become another by writing a header that no proxy of ours wrote', async () => {
    const { flood } = await guarded();
    for (let i = 0; i < 5; i++) await flood(1, from(`203.0.113.${i}`));
    expect(await flood(1, from('203.0.113.99'))).toEqual([429]);
  });

  it('is not charged for calls that are let in, refused for their form, or lack a scope', async () => {
    const { host, flood } = await guarded();
    const token = await issuer.mint();
    for (let i = 0; i < 10; i++) {
      expect((await post(host.url, modernList.body, token, modernList.headers)).status).toBe(200);
      expect((await post(host.url, '{', token)).status).toBe(400);
      expect((await post(host.url, call('refund'), token)).status).toBe(403);
      expect((await fetch(`${host.url}x`)).status).toBe(404);
    }
    expect(await flood(1)).toEqual([401]);
  });

  it('is never answered 429 to server/discover, which would make a 2.x client fall back to the 2025 era', async () => {
    const { host, flood } = await guarded();
    await flood(5);
    const refused = await post(host.url, message, 'bad', { 'Mcp-Method': 'server/discover' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('12');
    const client = new Client({ name: 'c', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await expect(client.connect(new StreamableHTTPClientTransport(new URL(host.url)))).rejects.toMatchObject({
      code: 'ERA_NEGOTIATION_FAILED',
    });
  });

  it('is held at the session endpoint as well', async () => {
    const { host, flood } = await guarded({ sessions: 'memory' });
    await flood(5);
    expect((await fetch(host.url, { headers: { Accept: 'text/event-stream' } })).status).toBe(429);
    expect((await fetch(host.url, { method: 'DELETE' })).status).toBe(429);
  });
});

it('addresses that flood do not fill the memory: 20,000 of them cost no more than 10,000', async () => {
  const { UnauthenticatedFloods } = await import('./unauthenticated-floods.js');
  const floods = new UnauthenticatedFloods({ perMinute: 1, trustedProxies: 0 }, new FakeClock());
  const request = (i: number) => ({ socket: { remoteAddress: `10.1.${i >> 8}.${i & 255}` }, headers: {} }) as never;
  for (let i = 0; i < 20_000; i++) floods.count(request(i));
  const held = Array.from({ length: 20_000 }, (_, i) => floods.waitMs(request(i))).filter((waitMs) => waitMs > 0);
  expect(held).toHaveLength(10_000);
});

it.each([
  { maxUnauthenticatedPerMinute: 0 },
  { maxUnauthenticatedPerMinute: Number.NaN },
  { trustedProxies: -1 },
  { trustedProxies: 1.5 },
])('%j is refused at the start', async (options) => {
  await expect(start(options)).rejects.toThrow(TypeError);
});
