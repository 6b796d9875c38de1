import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Mounted } from './mounted.js';

/** The part of a Fastify instance that the hook needs. */
interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse; hijack(): unknown },
      done: () => void,
    ) => void,
  ): unknown;
}

/**
 * Adds MCP to a Fastify 4 or 5 app, before its own parsers: `fastify(app, mounted)`. Its other routes stay as they
 * are.
 *
 * @example
 * ```ts
 * import { fastify, type Mounted } from '@sallyport/http';
 * import createApp from 'fastify';
 *
 * export function start(mcp: Mounted) {
 *   const app = createApp();
 *   fastify(app, mcp);
 *   return app.listen({ port: 3000 });
 * }
 * ```
 */
export function fastify(app: FastifyLike, { handle }: Mounted): void {
  app.addHook('onRequest', ({ raw }, reply, done) => {
    if (handle(raw, reply.raw)) reply.hijack();
    else done();
  });
}
