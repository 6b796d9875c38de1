import { expect, it } from 'vitest';
import { callerOf } from './adapter-options.js';
import { authInfoOf } from './auth-info.js';
import type { Principal } from './principal.js';

const named = (subject: string): Principal => ({ issuer: 'test', subject, scopes: ['mcp:tools:read'] });
const verified = named('verified');
const configured = named('configured');

it('the principal that an edge hands over arrives as the same object', () => {
  expect(callerOf(authInfoOf(verified), { principal: configured, principalOf: () => configured })).toBe(verified);
});

it('what an edge hands over has no token', () => {
  expect(authInfoOf({ ...verified, clientId: 'app', expiresAt: 7 })).toMatchObject({
    token: '',
    clientId: 'app',
    scopes: ['mcp:tools:read'],
    expiresAt: 7,
  });
});

it('the configured principal is for transports without credentials only', () => {
  expect(callerOf(undefined, { principal: configured })).toBe(configured);
  expect(callerOf({}, { principal: configured })).toBeUndefined();
  expect(callerOf(undefined, {})).toBeUndefined();
});

it('nothing that comes out of JSON is taken for a principal', () => {
  for (const key of ['principal', 'dev.sallyport/principal', 'Symbol(dev.sallyport/principal)']) {
    expect(callerOf({ extra: { [key]: verified } }, {})).toBeUndefined();
  }
  for (const extra of [null, undefined, 'text', 7, []]) expect(callerOf({ extra }, {})).toBeUndefined();
});

it("principalOf reads somebody else's authInfo, and a failure of it is nobody", () => {
  expect(callerOf({ who: 'x' }, { principalOf: () => verified })).toBe(verified);
  const principalOf = () => {
    throw new Error('no');
  };
  expect(callerOf({ who: 'x' }, { principalOf, principal: configured })).toBeUndefined();
});
