import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Mounted } from './mounted.js';

/** What `@hono/node-server` puts into the environment of a request. */
interface NodeBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/**
 * For `app.use(hono(mounted))` under `@hono/node-server`, whose own request and response it needs.
 *
 * @example
 * ```ts
 * import { hono, type Mounted } from '@sallyport/http';
 * import { Hono } from 'hono';
 *
 * export const app = (mcp: Mounted) => new Hono().use(hono(mcp));
 * ```
 */
export function hono({ handle }: Mounted) {
  return async (context: { readonly env: unknown }, next: () => Promise<void>): Promise<Response | undefined> => {
    const { incoming, outgoing } = (context.env ?? {}) as Partial<NodeBindings>;
    if (incoming === undefined || outgoing === undefined) throw new TypeError('MCP needs @hono/node-server.');
    // How @hono/node-server is told that the answer is being sent already.
    if (handle(incoming, outgoing)) return new Response(null, { headers: { 'x-hono-already-sent': 'true' } });
    await next();
    return undefined;
  };
}
