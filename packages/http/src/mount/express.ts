import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Mounted } from './mounted.js';

/**
 * For `app.use(express(mounted))`, in Express 4 and 5 and in anything else of that form; under a path of its own
 * (`app.use('/api', …)`) `resource.url` says the whole URL. Put it before body parsers: what a parser has read is parsed
 * again, and its limits and error pages are not ours.
 */
export function express({ handle }: Mounted) {
  return (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    if (!handle(request, response)) next();
  };
}
