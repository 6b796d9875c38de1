import type { IncomingMessage, ServerResponse } from 'node:http';

const exposed = 'WWW-Authenticate, DPoP-Nonce, Retry-After, RateLimit, RateLimit-Policy, Mcp-Session-Id';

/** Lets the page of an allowed Origin read the answer (Fetch standard, CORS protocol). */
export function setCorsHeaders(origin: string, response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Expose-Headers', exposed);
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
}

/** Whether a browser asks beforehand what a page may send. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** The answer to a preflight request of an allowed Origin, for a path with these methods. */
export function preflight({ headers }: IncomingMessage, methods: string): Readonly<Record<string, string>> {
  const asked = headers['access-control-request-headers'];
  return {
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Max-Age': '600',
    ...(asked === undefined ? {} : { 'Access-Control-Allow-Headers': asked }),
  };
}
