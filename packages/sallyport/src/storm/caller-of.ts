import type { Caller } from './caller.js';

/**
 * The caller that a token names, read without verifying it: the claims `tenant` and `sub` of a JWT, for the report alone. What they do
 * not say is called `(unnamed)`.
 *
 * @example
 * ```ts
 * import { callerOf } from 'sallyport/storm';
 *
 * const callers = ['ey…', 'ey…'].map((token) => callerOf(token));
 * ```
 */
export function callerOf(token: string | undefined): Caller {
  if (token === undefined) return { tenant: '(anonymous)', subject: '(anonymous)' };
  const { tenant, sub } = claimsOf(token);
  return { token, tenant: nameOf(tenant), subject: nameOf(sub) };
}

function nameOf(claim: unknown): string {
  return typeof claim === 'string' && claim !== '' ? claim.slice(0, 100) : '(unnamed)';
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}
