/**
 * Where the metadata of a protected resource is found: the well-known path is inserted before the resource's own (RFC
 * 9728 section 3.1).
 *
 * @example
 * ```ts
 * import { metadataPath } from '@sallyport/auth';
 *
 * metadataPath(new URL('https://example.com/mcp')); // '/.well-known/oauth-protected-resource/mcp'
 * ```
 */
export function metadataPath(resource: URL): string {
  const path = resource.pathname === '/' ? '' : resource.pathname;
  return `/.well-known/oauth-protected-resource${path}`;
}
