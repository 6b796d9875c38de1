/** The same rules as the types of `ServeSecurity`, for callers the types do not reach. `where` is not only loopback. */
export function assertSecurity(options: object, where: string | undefined): void {
  const { auth, anonymous, resource } = options as Readonly<Record<string, unknown>>;
  if (auth === undefined && anonymous !== true) {
    throw new TypeError('serve needs `auth`, or `anonymous: true` in so many words');
  }
  if (auth !== undefined && anonymous !== undefined) throw new TypeError('`auth` and `anonymous` exclude each other');
  if (auth !== undefined && resource === undefined)
    throw new TypeError('`auth` needs `resource`, for the metadata clients discover');
  assertIssuer(auth, resource);
  if (where === undefined) return;
  if (anonymous === true) throw new TypeError(`\`anonymous\` binds to loopback only, not to ${where}`);
  if ((resource as { readonly url?: unknown }).url === undefined) {
    throw new TypeError('`resource.url` is needed where clients come from other machines');
  }
}

/** Clients that are told of no issuer can get no token: there must be none to be told of. */
function assertIssuer(auth: unknown, resource: unknown): void {
  const { authorizationServers } = (resource ?? {}) as { readonly authorizationServers?: readonly unknown[] };
  if (authorizationServers?.length !== 0 || (auth as { readonly issuerless?: unknown }).issuerless === true) return;
  throw new TypeError(
    '`resource.authorizationServers` must name at least one issuer: only an `auth` without any, as apiKeys, may go without',
  );
}
