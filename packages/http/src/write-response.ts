import type { ServerResponse } from 'node:http';
import { setStandingHeaders } from './standing-headers.js';

/**
 * Sends a web `Response`. When the client has gone, `cancels` says whether that ends the stream; otherwise it is read to its
 * end and thrown away, because cancelling it would abort the call behind it.
 */
export async function writeResponse(from: Response, to: ServerResponse, cancels: () => boolean): Promise<void> {
  const headers = ownHeaders(from.headers);
  if (from.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
    const body = Buffer.from(await from.arrayBuffer());
    if (to.destroyed) return;
    setStandingHeaders(to);
    to.writeHead(from.status, { ...headers, 'Content-Length': body.length });
    await ended(to, body);
    return;
  }
  if (!to.destroyed && !to.headersSent) {
    setStandingHeaders(to);
    to.writeHead(from.status, { ...headers, 'Cache-Control': 'no-store, no-transform' }).flushHeaders();
  }
  for await (const chunk of from.body ?? []) {
    if (to.destroyed) {
      if (cancels()) break;
    } else if (!to.write(chunk)) await writableAgain(to);
  }
  await ended(to);
}

/** The headers of the connection and of caching are the host's to set. */
function ownHeaders(from: Headers): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of from) if (name !== 'connection' && name !== 'cache-control') headers[name] = value;
  return headers;
}

function writableAgain(to: ServerResponse): Promise<void> {
  return once(to, ['drain', 'close']);
}

/** The answer counts as in flight until it has left, or its client has. */
async function ended(to: ServerResponse, body?: Buffer): Promise<void> {
  if (to.destroyed) return;
  const gone = once(to, ['finish', 'close']);
  to.end(body);
  await gone;
}

function once(emitter: ServerResponse, events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) emitter.off(event, done);
      resolve();
    };
    for (const event of events) emitter.on(event, done);
  });
}
