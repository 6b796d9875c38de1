import { describe, expect, it } from 'vitest';
import { type AuthError, apiKeys, newApiKey } from './index.js';

const { key, hash } = newApiKey();
const entry = { hash, subject: 'report', scopes: ['mcp:tools:read'], tenant: 'acme' };
const clock = { time: 1_000_000, now: () => clock.time };
const kindOf = (auth: ReturnType<typeof apiKeys>, header: string | undefined) =>
  auth.authenticate(header).then(
    () => 'accepted',
    (error: AuthError) => error.kind,
  );

describe('API keys', () => {
  it('stand for a principal that says what it is, without the key or its hash', async () => {
    const principal = await apiKeys([entry]).authenticate(`Bearer ${key}`);
    expect(principal).toEqual({ issuer: 'api-key', subject: 'report', scopes: ['mcp:tools:read'], tenant: 'acme' });
    expect(await apiKeys([entry]).authenticate(`Bearer ${key}`)).toEqual(principal);
  });

  it('are 256 random bits that a scanner can find', () => {
    expect(key).toMatch(/^sallyport_[\w-]{43}$/);
    expect(newApiKey().key).not.toBe(key);
    expect(Buffer.from(hash, 'base64url')).toHaveLength(32);
  });

  it.each<[string, string | undefined, string]>([
    ['another', `Bearer ${newApiKey().key}`, 'invalid'],
    ['cut short', `Bearer ${key.slice(0, -1)}`, 'invalid'],
    ['its own hash', `Bearer ${hash}`, 'invalid'],
    ['none', undefined, 'missing'],
    ['Basic', `Basic ${key}`, 'missing'],
  ])('%s is refused', async (_, header, kind) => {
    expect(await kindOf(apiKeys([entry]), header)).toBe(kind);
  });

  it('end at their time', async () => {
    const auth = apiKeys([{ ...entry, expiresAt: 1_000_500 }], clock);
    expect(await kindOf(auth, `Bearer ${key}`)).toBe('accepted');
    clock.time = 1_000_500;
    expect(await kindOf(auth, `Bearer ${key}`)).toBe('expired');
  });

  it('are remembered, so that their owners get in while their address floods', async () => {
    const { key, hash } = newApiKey();
    const auth = apiKeys([{ hash, subject: 'job', scopes: [] }]);
    expect(auth.remembers?.(`Bearer ${key}`)).toBe(true);
    for (const header of [undefined, '', `Bearer ${key}x`, `Basic ${key}`])
      expect(auth.remembers?.(header)).toBe(false);
  });

  it.each(['subject', 'tenant', 'plan'])('whose %s is no name of one line are refused at once', (field) => {
    for (const name of ['', ' ', 'a\nb', 'a\0', 'x'.repeat(257)]) {
      expect(() => apiKeys([{ ...entry, [field]: name }])).toThrow(`apiKeys: ${field} must be a string on one line`);
    }
  });

  it('kept in clear are refused at once', () => {
    expect(() => apiKeys([{ ...entry, hash: key }])).toThrow(TypeError);
    expect(() => apiKeys([{ ...entry, hash: '' }])).toThrow(TypeError);
    expect(() => apiKeys([{ ...entry, hash: undefined, key: 'abc' } as never])).toThrow(
      'apiKeys: key is no option of apiKeys',
    );
    expect(() => apiKeys([{ ...entry, hash: undefined } as never])).toThrow(
      'apiKeys: hash must be the SHA-256 of the key in base64url, as newApiKey gives it',
    );
  });
});
