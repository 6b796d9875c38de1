import type { Principal } from '@sallyport/core';
import { AuthError } from './auth-error.js';
import { isScope } from './scope-token.js';

/** The claims of a token that mean something here. Names are taken literally: a dot in one is part of it. */
export interface ClaimNames {
  /** A string with spaces between scopes (RFC 9068), or an array of strings. Default `scope`. */
  readonly scopes?: string;
  /** Default `tenant`. */
  readonly tenant?: string;
  /** Default `plan`. */
  readonly plan?: string;
}

type Claims = Readonly<Record<string, unknown>>;

/**
 * The principal that verified claims describe. Throws `invalid` when `sub` or `exp` cannot be used. A claim of the wrong
 * type counts as missing, so it grants nothing.
 */
export function principalOf(
  claims: Claims,
  { scopes = 'scope', tenant = 'tenant', plan = 'plan' }: ClaimNames = {},
): Principal & { readonly expiresAt: number } {
  const subject = text(claims, 'sub');
  if (subject === undefined) throw new AuthError('invalid', 'sub is not a usable name');
  const expiresAt = claims.exp;
  // 1e999 is valid JSON and parses to Infinity: a token that never expires.
  if (typeof expiresAt !== 'number' || !Number.isSafeInteger(Math.floor(expiresAt))) {
    throw new AuthError('invalid', 'exp is not a usable time');
  }
  return Object.freeze({
    issuer: claims.iss as string,
    subject,
    scopes: Object.freeze(scopesOf(own(claims, scopes))),
    expiresAt,
    ...named('clientId', text(claims, 'client_id') ?? text(claims, 'azp')),
    ...named('tenant', text(claims, tenant)),
    ...named('plan', text(claims, plan)),
    ...named('tokenId', text(claims, 'jti')),
  });
}

function own(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** These become keys of limits and fields of logs, so they are bounded. */
function text(claims: Claims, name: string): string | undefined {
  const value = own(claims, name);
  return typeof value === 'string' && value.length > 0 && value.length <= 256 ? value : undefined;
}

function named<K extends string>(key: K, value: string | undefined): { readonly [name in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [name in K]: string });
}

function scopesOf(value: unknown): string[] {
  const listed: readonly unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  return [...new Set(listed.filter(isScope))];
}
