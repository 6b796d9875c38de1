import type { Principal } from '@sallyport/core';
import { AuthError } from './auth-error.js';
import { type ClaimPath, claimAt } from './claim-path.js';
import { heldOnce, listHeldOnce } from './held-once.js';
import { isScope } from './scope-token.js';
import { isUsableName } from './usable-name.js';

/** The claims of a token that mean something here. */
export interface ClaimNames {
  /** A string with spaces between scopes (RFC 9068), or an array of strings. Default `scope`. */
  readonly scopes?: ClaimPath;
  /**
   * Where the scopes are of a token that has no `scopes` claim at all: what an application was granted for itself. Never
   * added to `scopes`, because what a user may do is more than what the user let this client do.
   */
  readonly appScopes?: ClaimPath;
  /** What the issuer puts in front of each scope of this server. Removed; a scope without it is another server's and left out. */
  readonly scopePrefix?: string;
  /** Default `client_id`, or else `azp`. */
  readonly clientId?: ClaimPath;
  /** Default `tenant`. */
  readonly tenant?: ClaimPath;
  /** Default `plan`. */
  readonly plan?: ClaimPath;
  /** Default `jti`. */
  readonly tokenId?: ClaimPath;
}

type Claims = Readonly<Record<string, unknown>>;

/** A principal of a token: it always ends. */
export type TokenPrincipal = Principal & { readonly expiresAt: number };

/**
 * The principal that verified claims describe. Throws `invalid` when `sub` or `exp` cannot be used. A claim of the wrong
 * type, and a name that is blank, endless or has control characters, counts as missing, so it grants nothing.
 */
export function principalOf(claims: Claims, names: ClaimNames = {}): TokenPrincipal {
  const { tenant = 'tenant', plan = 'plan', tokenId = 'jti', clientId } = names;
  const subject = text(claims, 'sub');
  if (subject === undefined) throw new AuthError('invalid', 'sub is not a usable name');
  const expiresAt = claims.exp;
  // 1e999 is valid JSON and parses to Infinity: a token that never expires.
  if (typeof expiresAt !== 'number' || !Number.isSafeInteger(Math.floor(expiresAt))) {
    throw new AuthError('invalid', 'exp is not a usable time');
  }
  const client = clientId === undefined ? (text(claims, 'client_id') ?? text(claims, 'azp')) : text(claims, clientId);
  const scopes = listHeldOnce(scopesOf(claims, names));
  // One by one: of a literal with spreads V8 would keep a hidden class for every token that is remembered.
  const principal: { -readonly [K in keyof TokenPrincipal]: TokenPrincipal[K] } = {
    issuer: heldOnce(claims.iss as string),
    subject,
    scopes,
    expiresAt,
  };
  const named = { tenant: text(claims, tenant), plan: text(claims, plan), tokenId: text(claims, tokenId) };
  if (client !== undefined) principal.clientId = heldOnce(client);
  if (named.tenant !== undefined) principal.tenant = heldOnce(named.tenant);
  if (named.plan !== undefined) principal.plan = heldOnce(named.plan);
  if (named.tokenId !== undefined) principal.tokenId = named.tokenId;
  return Object.freeze(principal);
}

/** These become keys of limits and fields of logs, so they are bounded. */
function text(claims: Claims, path: ClaimPath): string | undefined {
  const value = claimAt(claims, path);
  return isUsableName(value) ? value : undefined;
}

function scopesOf(claims: Claims, { scopes = 'scope', appScopes, scopePrefix = '' }: ClaimNames): string[] {
  const granted = claimAt(claims, scopes);
  const value = granted === undefined && appScopes !== undefined ? claimAt(claims, appScopes) : granted;
  const listed: readonly unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  const own = listed
    .filter(isScope)
    .flatMap((scope) => (scope.startsWith(scopePrefix) ? [scope.slice(scopePrefix.length)] : []));
  return [...new Set(own.filter(isScope))];
}
