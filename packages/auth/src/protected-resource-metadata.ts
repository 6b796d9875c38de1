import { isLoopback } from './loopback.js';

/** What a client must learn about this server to get a token for it. */
export interface ProtectedResource {
  /** The canonical URL of the endpoint (RFC 8707): what the tokens' audience names. HTTPS, or HTTP on loopback; without fragment. */
  readonly url: string;
  /** Issuers whose tokens are accepted, at least one (MCP authorization); none where there is no issuer, as with API keys. */
  readonly authorizationServers: readonly string[];
  /** For people. */
  readonly name?: string;
  readonly documentation?: string;
}

/** RFC 9728 section 2, as far as it is used. */
export interface ProtectedResourceMetadata {
  readonly resource: string;
  /** Absent where no issuer exists, as `scopes_supported` where no scope does: what is empty must be left out (section 3.2). */
  readonly authorization_servers?: readonly string[];
  readonly scopes_supported?: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  readonly dpop_signing_alg_values_supported?: readonly string[];
  readonly resource_name?: string;
  readonly resource_documentation?: string;
}

/**
 * The RFC 9728 document. `scopes` are exactly those the server asks for, in a stable order. `dpopAlgorithms`: where
 * proofs of possession are taken (RFC 9449). Throws a `TypeError` for a URL that is none, or over which tokens would travel in the clear.
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
  if (resource.protocol !== 'https:' && !(resource.protocol === 'http:' && isLoopback(resource.hostname))) {
    throw new TypeError(
      'the resource URL must be https: (http: on loopback only): over plain HTTP anybody can read the tokens',
    );
  }
  if (resource.hash !== '' || resource.search !== '')
    throw new TypeError('the resource URL must have no fragment or query');
  return {
    resource: url,
    ...(authorizationServers.length === 0 ? {} : { authorization_servers: authorizationServers }),
    ...(scopes.length === 0 ? {} : { scopes_supported: [...new Set(scopes)].sort() }),
    bearer_methods_supported: ['header'],
    ...(dpopAlgorithms.length === 0 ? {} : { dpop_signing_alg_values_supported: dpopAlgorithms }),
    ...(name === undefined ? {} : { resource_name: name }),
    ...(documentation === undefined ? {} : { resource_documentation: documentation }),
  };
}
