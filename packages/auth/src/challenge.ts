import type { AuthError } from './auth-error.js';
import { isScope } from './scope-token.js';

/**
 * `WWW-Authenticate` for 401. Without credentials it names no error (RFC 6750 section 3.1); a bad or expired token is
 * `invalid_token`. `scopes` are what a client should ask for first. Where proofs are taken, `dpopAlgorithms` offers that scheme
 * too (RFC 9449 section 7.1), second, because a 1.x client reads nothing but a challenge that begins with Bearer.
 *
 * @example
 * ```ts
 * import { AuthError, unauthorizedChallenge } from '@sallyport/auth';
 *
 * const metadata = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';
 * unauthorizedChallenge(new AuthError('missing', 'no header'), metadata, ['mcp:tools:read']);
 * // Bearer resource_metadata="https://mcp.example.com/…", scope="mcp:tools:read"
 * ```
 */
export function unauthorizedChallenge(
  error: Pick<AuthError, 'kind' | 'message'> & Partial<Pick<AuthError, 'dpopNonce'>>,
  resourceMetadata: string,
  scopes: readonly string[],
  dpopAlgorithms: readonly string[] = [],
): string {
  const problem =
    error.kind === 'missing' || error.kind === 'proof'
      ? []
      : [parameter('error', 'invalid_token'), parameter('error_description', error.message)];
  const bearer = challenge([...problem, parameter('resource_metadata', resourceMetadata), ...scopeParameter(scopes)]);
  if (dpopAlgorithms.length === 0) return bearer;
  const wrong = error.dpopNonce === undefined ? 'invalid_dpop_proof' : 'use_dpop_nonce';
  const proof = error.kind === 'proof' ? [parameter('error', wrong)] : [];
  return `${bearer}, DPoP ${[...proof, parameter('algs', dpopAlgorithms.join(' '))].join(', ')}`;
}

/**
 * `WWW-Authenticate` for 403: every scope the operation needs, in one challenge. The text is the same, byte for byte, for
 * equal arguments, because a 1.x client loops for ever on one that varies. Clients of the 2025 protocol replace their
 * scopes by the challenged ones, so for them pass what is `granted` and the challenge lists both, sorted.
 *
 * @example
 * ```ts
 * import { insufficientScopeChallenge } from '@sallyport/auth';
 *
 * const metadata = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';
 * insufficientScopeChallenge(metadata, ['mcp:tools:write'], ['mcp:tools:read']);
 * ```
 */
export function insufficientScopeChallenge(
  resourceMetadata: string,
  required: readonly string[],
  granted: readonly string[] = [],
): string {
  const kept = granted.filter((scope) => scope !== 'offline_access');
  const scopes = kept.length === 0 ? required : [...new Set([...kept, ...required])].sort();
  return challenge([
    parameter('error', 'insufficient_scope'),
    ...scopeParameter(scopes),
    parameter('resource_metadata', resourceMetadata),
  ]);
}

function challenge(parameters: readonly string[]): string {
  return `Bearer ${parameters.join(', ')}`;
}

function scopeParameter(scopes: readonly string[]): string[] {
  const valid = scopes.filter(isScope);
  return valid.length === 0 ? [] : [parameter('scope', valid.join(' '))];
}

/** RFC 9110 section 5.6.4: a quoted string. What a header cannot carry is left out. */
function parameter(name: string, value: string): string {
  return `${name}="${value.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`;
}
