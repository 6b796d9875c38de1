const slash = 0x2f;

/**
 * RFC 9112 section 3.2.2: `http://host/path`, as clients send it to proxies. No user, no empty host and nothing else that two readers
 * would read in two ways.
 */
const absolute = /^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{0,5})?(\/[^?]*)?(?:\?|$)/i;

/**
 * The path of a request target as it came, without the query, which nothing here reads: a token in it is as good as none
 * (RFC 6750 section 2.3). Empty for a target that has none.
 */
export function pathOf(target = ''): string {
  if (target.charCodeAt(0) !== slash) return absolute.exec(target)?.[2] ?? '';
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}

/** Whom the request is for: the authority of an absolute target, whatever `Host` says (RFC 9112 section 3.2.2); else the `Host`. */
export function hostOf(target = '', host: string | undefined): string | undefined {
  return target.charCodeAt(0) === slash ? host : (absolute.exec(target)?.[1] ?? host);
}
