import { describe, expect, it } from 'vitest';
import { AuthError, insufficientScopeChallenge, unauthorizedChallenge } from './index.js';

const metadata = 'https://server.test/.well-known/oauth-protected-resource/mcp';

describe('401', () => {
  it('without credentials names no error (RFC 6750 section 3.1)', () => {
    expect(unauthorizedChallenge(new AuthError('missing', ''), metadata, ['mcp:tools:read'])).toBe(
      `Bearer resource_metadata="${metadata}", scope="mcp:tools:read"`,
    );
  });

  it.each(['invalid', 'expired'] as const)('with an %s token is invalid_token', (kind) => {
    expect(unauthorizedChallenge(new AuthError(kind, 'why'), metadata, ['a', 'b'])).toMatch(
      /^Bearer error="invalid_token", error_description="The access token [a-z .]+", resource_metadata="https:[^"]+", scope="a b"$/i,
    );
  });

  it('asks for a nonce by the name RFC 9449 section 9 has for it, after Bearer', () => {
    const error = { kind: 'proof', message: 'x', dpopNonce: 'n' } as const;
    expect(unauthorizedChallenge(error, 'https://x.test/m', [], ['ES256'])).toBe(
      'Bearer resource_metadata="https://x.test/m", DPoP error="use_dpop_nonce", algs="ES256"',
    );
  });

  it('names no scope when there is none', () => {
    expect(unauthorizedChallenge(new AuthError('missing', ''), metadata, [])).toBe(
      `Bearer resource_metadata="${metadata}"`,
    );
  });
});

describe('403', () => {
  it('names every scope of the operation, in its order', () => {
    expect(insufficientScopeChallenge(metadata, ['z', 'a'])).toBe(
      `Bearer error="insufficient_scope", scope="z a", resource_metadata="${metadata}"`,
    );
  });

  it('lists granted and required once each, in one order whatever the order of the token', () => {
    const expected = `Bearer error="insufficient_scope", scope="a b c", resource_metadata="${metadata}"`;
    expect(insufficientScopeChallenge(metadata, ['c', 'a'], ['b', 'a'])).toBe(expected);
    expect(insufficientScopeChallenge(metadata, ['c', 'a'], ['a', 'b'])).toBe(expected);
  });

  it('never asks for offline_access', () => {
    expect(insufficientScopeChallenge(metadata, ['a'], ['offline_access', 'openid'])).toContain('scope="a openid"');
  });

  it('cannot be broken out of', () => {
    const text = insufficientScopeChallenge('https://x.test/"\r\nSet-Cookie: a=b', ['a"b', 'ok', 'c\r\nd']);
    expect(text).toBe(
      'Bearer error="insufficient_scope", scope="ok", resource_metadata="https://x.test/\\"Set-Cookie: a=b"',
    );
  });
});
