import { describe, expect, it } from 'vitest';
import { metadataPath, protectedResourceMetadata } from './index.js';

describe('protected resource metadata (RFC 9728)', () => {
  const resource = { url: 'https://server.test/mcp', authorizationServers: ['https://issuer.test'] };

  it('lists exactly the scopes that are asked for, in one order', () => {
    expect(protectedResourceMetadata({ ...resource, name: 'Orders' }, ['b', 'a', 'b'])).toEqual({
      resource: 'https://server.test/mcp',
      authorization_servers: ['https://issuer.test'],
      scopes_supported: ['a', 'b'],
      bearer_methods_supported: ['header'],
      resource_name: 'Orders',
    });
  });

  it('says where proofs of possession are taken, and with which algorithms', () => {
    expect(protectedResourceMetadata(resource, [], ['ES256'])).toMatchObject({
      dpop_signing_alg_values_supported: ['ES256'],
    });
    expect(protectedResourceMetadata(resource, [])).not.toHaveProperty('dpop_signing_alg_values_supported');
  });

  it.each(['http://127.0.0.1:3000/mcp', 'http://localhost/mcp', 'http://[::1]:3000/mcp'])(
    'is over plain HTTP on loopback: %s',
    (url) => {
      expect(protectedResourceMetadata({ ...resource, url }, [])).toMatchObject({ resource: url });
    },
  );

  it('leaves out what is empty (section 3.2): issuers where there are none, scopes where none is needed', () => {
    expect(protectedResourceMetadata({ ...resource, authorizationServers: [] }, [])).toEqual({
      resource: 'https://server.test/mcp',
      bearer_methods_supported: ['header'],
    });
  });

  it.each([
    ['a fragment', { url: 'https://server.test/mcp#x' }],
    ['a query', { url: 'https://server.test/mcp?x' }],
    ['another scheme', { url: 'api://3f2a/mcp' }],
    ['no URL', { url: 'server.test/mcp' }],
    ['plain HTTP', { url: 'http://server.test/mcp' }],
    ['plain HTTP to an address', { url: 'http://10.0.0.7:3000/mcp' }],
    ['plain HTTP to a name that begins like loopback', { url: 'http://localhost.evil.example/mcp' }],
  ])('%s is refused', (_, wrong) => {
    expect(() => protectedResourceMetadata({ ...resource, ...wrong }, [])).toThrow(TypeError);
  });

  it.each([
    ['https://server.test/mcp', '/.well-known/oauth-protected-resource/mcp'],
    ['https://server.test/v1/mcp', '/.well-known/oauth-protected-resource/v1/mcp'],
    ['https://server.test', '/.well-known/oauth-protected-resource'],
    ['https://server.test/', '/.well-known/oauth-protected-resource'],
  ])('of %s is at %s', (url, path) => {
    expect(metadataPath(new URL(url))).toBe(path);
  });
});
