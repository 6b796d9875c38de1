/**
 * What a token says its issuer is, for choosing who verifies it and nothing else; `undefined` for what is not a JWT,
 * empty for a JWT that names none. A token that names two issuers is refused by whoever is chosen.
 */
export function unverifiedIssuer(token: string): string | undefined {
  const [, payload, signature, ...more] = token.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const { iss } = (claims ?? {}) as { readonly iss?: unknown };
    return typeof iss === 'string' ? iss : '';
  } catch {
    return undefined;
  }
}
