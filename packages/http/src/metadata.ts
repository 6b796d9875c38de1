import { metadataPath, type ProtectedResource, protectedResourceMetadata } from '@sallyport/auth';
import type { EndpointAddress } from './endpoint-address.js';

/** The RFC 9728 documents of a server, by path, and where each endpoint's own is found. */
export interface Metadata {
  readonly documents: ReadonlyMap<string, object>;
  /** The endpoint at this path, as its clients see it. */
  addressFor(path: string): EndpointAddress;
}

const wellKnown = '/.well-known/oauth-protected-resource';

/**
 * One document per endpoint, because a client refuses metadata whose `resource` is not the URL it calls. The canonical
 * resource is also at the root of the well-known path, for clients that do not insert the path.
 */
export function metadata(
  resource: ProtectedResource,
  paths: readonly string[],
  scopes: readonly string[],
  dpopAlgorithms: readonly string[] = [],
): Metadata {
  const canonical = new URL(resource.url);
  const prefix = prefixOf(canonical.pathname, paths);
  const urlOf = (path: string) => (prefix === undefined ? canonical : new URL(`${prefix}${path}`, canonical));
  const urls = [...paths.map(urlOf), canonical];
  const documentOf = (url: string) => protectedResourceMetadata({ ...resource, url }, scopes, dpopAlgorithms);
  const documents = new Map<string, object>(urls.map((url) => [metadataPath(url), documentOf(url.href)]));
  const canonicalDocument = documentOf(resource.url);
  documents.set(metadataPath(canonical), canonicalDocument).set(wellKnown, canonicalDocument);
  return {
    documents,
    addressFor(path) {
      const url = urlOf(path);
      return { url: url.href, metadataUrl: new URL(metadataPath(url), canonical).href };
    },
  };
}

/**
 * What an app or a proxy puts in front of every endpoint, as the canonical URL shows it; `undefined` when that ends like none of
 * them, and then it is the only one a client can have called.
 */
function prefixOf(canonical: string, paths: readonly string[]): string | undefined {
  const prefixes = paths
    .filter((path) => canonical.endsWith(path))
    .map((path) => canonical.slice(0, canonical.length - path.length));
  // `/v1/mcp` ends like `/mcp` as well.
  return prefixes.sort((one, other) => one.length - other.length)[0];
}
