/** Where a host answers for the headers of a request that it shows to no SDK: by their names, in lower case. */
export const requestHeader: unique symbol = Symbol('requestHeader');

/**
 * A header of the HTTP request that a call came with, as hosts and either generation of the SDK hand them on. The name is in lower
 * case. Asks the host first: what an SDK shows is a web `Request`, and making one costs more than a whole call.
 */
export function headerOf(sdk: unknown, name: string): unknown {
  const carrier = (sdk ?? {}) as Carrier;
  if (carrier[requestHeader] !== undefined) return carrier[requestHeader](name);
  const { http, requestInfo } = carrier;
  return http?.req?.headers === undefined ? requestInfo?.headers?.[name] : http.req.headers.get(name);
}

interface Carrier {
  readonly [requestHeader]?: (name: string) => string | undefined;
  readonly http?: { readonly req?: { readonly headers?: Pick<Headers, 'get'> } };
  readonly requestInfo?: { readonly headers?: Readonly<Record<string, unknown>> };
}
