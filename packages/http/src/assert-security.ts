/** The same rules as the types of `ServeSecurity`, for callers the types do not reach. `where` is not only loopback. */
export function assertSecurity(options: object, where: string | undefined): void {
  const { auth, anonymous, resource } = options as Readonly<Record<string, unknown>>;
  if (auth === undefined && anonymous !== true) {
    throw new TypeError('serve needs `auth`, or `anonymous: true` in so many words');
  }
  if (auth !== undefined && anonymous !== undefined) throw new TypeError('`auth` and `anonymous` exclude each other');
  if (auth !== undefined && resource === undefined)
    throw new TypeError('`auth` needs `resource`, for the metadata clients discover');
  if (where === undefined) return;
  if (anonymous === true) throw new TypeError(`\`anonymous\` binds to loopback only, not to ${where}`);
  if ((resource as { readonly url?: unknown }).url === undefined) {
    throw new TypeError('`resource.url` is needed where clients come from other machines');
  }
}
