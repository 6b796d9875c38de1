import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Mounted } from './mounted.js';

/**
 * For `app.use(express(mounted))`, in Express 4 and 5 and in anything else of that form; under a path of its own
 * (`app.use('/api', …)`) `resource.url` says the whole URL, and the well-known paths at the root need a route as well
 * (docs/mounting.md). Put it before body parsers: what a parser has read is parsed again, and its limits and error pages are
 * not ours.
 *
 * @example
 * ```ts
 * import { express, type Mounted } from '@sallyport/http';
 * import createApp, { json } from 'express';
 *
 * export const app = (mcp: Mounted) => createApp().use(express(mcp)).use(json());
 * ```
 */
export function express({ handle }: Mounted) {
  return (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    if (!handle(request, response)) next();
  };
}
