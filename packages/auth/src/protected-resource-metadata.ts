/** What a client must learn about this server to get a token for it. */
export interface ProtectedResource {
  /** The canonical URL of the endpoint (RFC 8707): what the tokens' audience names. Without fragment. */
  readonly url: string;
  /** Issuers whose tokens are accepted, at least one (MCP authorization). */
  readonly authorizationServers: readonly string[];
  /** For people. */
  readonly name?: string;
  readonly documentation?: string;
}

/** RFC 9728 section 2, as far as it is used. */
export interface ProtectedResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  readonly dpop_signing_alg_values_supported?: readonly string[];
  readonly resource_name?: string;
  readonly resource_documentation?: string;
}

/**
 * The RFC 9728 document. `scopes` are exactly those the server asks for, in a stable order. `dpopAlgorithms`: where
 * proofs of possession are taken (RFC 9449). Throws for a URL that is none.
 *
 * @example
 * ```ts
 * import { protectedResourceMetadata } from '@sallyport/auth';
 *
 * const resource = { url: 'https://mcp.example.com/mcp', authorizationServers: ['https://login.example.com'] };
 * protectedResourceMetadata(resource, ['mcp:tools:read']);
 * ```
 */
export function protectedResourceMetadata(
  { url, authorizationServers, name, documentation }: ProtectedResource,
  scopes: readonly string[],
  dpopAlgorithms: readonly string[] = [],
): ProtectedResourceMetadata {
  const resource = new URL(url);
  if (!/^https?:$/.test(resource.protocol)) throw new TypeError('the resource URL must be http: or https:');
  if (resource.hash !== '' || resource.search !== '')
    throw new TypeError('the resource URL must have no fragment or query');
  if (authorizationServers.length === 0) throw new TypeError('authorizationServers must name at least one issuer');
  return {
    resource: url,
    authorization_servers: authorizationServers,
    scopes_supported: [...new Set(scopes)].sort(),
    bearer_methods_supported: ['header'],
    ...(dpopAlgorithms.length === 0 ? {} : { dpop_signing_alg_values_supported: dpopAlgorithms }),
    ...(name === undefined ? {} : { resource_name: name }),
    ...(documentation === undefined ? {} : { resource_documentation: documentation }),
  };
}
