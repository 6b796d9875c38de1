/** A header of the HTTP request that a call came with, as either generation of the SDK hands them on. The name is in lower case. */
export function headerOf(sdk: unknown, name: string): unknown {
  const { http, requestInfo } = (sdk ?? {}) as Carrier;
  return http?.req?.headers === undefined ? requestInfo?.headers?.[name] : http.req.headers.get(name);
}

interface Carrier {
  readonly http?: { readonly req?: { readonly headers?: Pick<Headers, 'get'> } };
  readonly requestInfo?: { readonly headers?: Readonly<Record<string, unknown>> };
}
