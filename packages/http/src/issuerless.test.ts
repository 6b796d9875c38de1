import {
  auth as modernAuth,
  discoverOAuthProtectedResourceMetadata as modernMetadata,
} from '@modelcontextprotocol/client';
import {
  auth as legacyAuth,
  discoverOAuthProtectedResourceMetadata as legacyMetadata,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { apiKeys, byIssuer, jwtAuthenticator, memoryDenyList, newApiKey, revocable } from '@sallyport/auth';
import { afterEach, describe, expect, it } from 'vitest';
import { legacyClient, modernClient } from '../test-rig/connect.js';
import { call, post } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';

afterEach(stopAll);

const { key, hash } = newApiKey();
const keys = apiKeys([{ hash, subject: 'nightly-report', scopes: ['mcp:tools:read'], tenant: 'acme' }]);
const resource = { authorizationServers: [] };
const open = () => start({ auth: keys, resource });

describe('a server whose callers have API keys and no issuer (RFC 9728 section 2)', () => {
  it.each([
    ['1.x', async (url: string, token?: string) => (await legacyClient(url, token)).client],
    ['2.x', modernClient],
  ])('lists and calls for the official client %s, and lets it in with no other key', async (_, connect) => {
    const { host } = await open();
    const client = await connect(host.url, key);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
    const answer = await client.callTool({ name: 'echo', arguments: { text: 'x' } });
    expect(answer.content).toEqual([{ type: 'text', text: '{"text":"x"}' }]);
    await expect(client.callTool({ name: 'write_note', arguments: { text: 'x' } })).rejects.toThrow();
    await client.close();
    for (const other of [undefined, newApiKey().key]) await expect(connect(host.url, other)).rejects.toThrow();
  });

  it.each([
    ['1.x', legacyMetadata],
    ['2.x', modernMetadata],
  ])('has metadata without issuers that the official client %s takes', async (_, discover) => {
    const { host } = await open();
    const found = await discover(host.url);
    expect(found).toMatchObject({ resource: host.url, bearer_methods_supported: ['header'] });
    expect(found).not.toHaveProperty('authorization_servers');
  });

  it.each([
    ['1.x', (url: string) => legacyAuth(provider, { serverUrl: url })],
    ['2.x', (url: string) => modernAuth(provider, { serverUrl: url })],
  ])('leads the OAuth flow of the official client %s to an end: there is nobody to ask', async (_, flow) => {
    const { host } = await open();
    await expect(flow(host.url)).rejects.toThrow();
  });

  it('challenges with its metadata and scopes, in 401 and 403', async () => {
    const { host, origin } = await open();
    const metadata = `resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`;
    const unknown = await post(host.url, call('echo'));
    expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer ${metadata}, scope="mcp:tools:read"`,
    ]);
    const lacking = await post(host.url, call('write_note', { text: 'x' }), key);
    expect([lacking.status, lacking.headers.get('www-authenticate')]).toEqual([
      403,
      `Bearer error="insufficient_scope", scope="mcp:tools:read mcp:tools:write", ${metadata}`,
    ]);
  });

  it('may have a deny list in front of its keys', async () => {
    const { host } = await start({ auth: revocable(keys, memoryDenyList()), resource });
    expect((await post(host.url, call('echo', { text: 'x' }), key)).status).toBe(200);
  });
});

describe('a server whose callers have an issuer must name one', () => {
  const jwt = jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() });
  it.each([
    ['a JWT authenticator', jwt],
    ['one behind a deny list', revocable(jwt, memoryDenyList())],
    ['one beside API keys', byIssuer([jwt], keys)],
  ])('%s', async (_, auth) => {
    await expect(start({ auth, resource })).rejects.toThrow(
      '`resource.authorizationServers` must name at least one issuer',
    );
  });
});

const provider = {
  redirectUrl: 'http://127.0.0.1/callback',
  clientMetadata: { redirect_uris: ['http://127.0.0.1/callback'] },
  clientInformation: () => undefined,
  saveClientInformation: () => {},
  tokens: () => undefined,
  saveTokens: () => {},
  redirectToAuthorization: () => expect.unreachable('sent somewhere'),
  saveCodeVerifier: () => {},
  codeVerifier: () => '',
};
