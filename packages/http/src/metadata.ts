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
  const urls = [...paths.map((path) => new URL(path, canonical)), canonical];
  const documentOf = (url: string) => protectedResourceMetadata({ ...resource, url }, scopes, dpopAlgorithms);
  const documents = new Map<string, object>(urls.map((url) => [metadataPath(url), documentOf(url.href)]));
  const canonicalDocument = documentOf(resource.url);
  documents.set(metadataPath(canonical), canonicalDocument).set(wellKnown, canonicalDocument);
  return {
    documents,
    // Behind a proxy that adds a prefix, the canonical URL is the only one a client can have called.
    addressFor(path) {
      const url = paths.includes(canonical.pathname) ? new URL(path, canonical) : canonical;
      return { url: url.href, metadataUrl: new URL(metadataPath(url), canonical).href };
    },
  };
}
