import type { ServerResponse } from 'node:http';
import { setStandingHeaders } from './standing-headers.js';

/**
 * Sends a web `Response`. When the client has gone, `cancels` says whether that ends the stream; otherwise it is read to its
 * end and thrown away, because cancelling it would abort the call behind it. With `late` a stream begins when there is something
 * in it, so that until then the request can be answered in another way.
 */
export async function writeResponse(
  from: Response,
  to: ServerResponse,
  cancels: () => boolean,
  late = false,
): Promise<void> {
  const headers = ownHeaders(from.headers);
  if (from.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
    // Of bytes that wait behind another answer Node would write the head before a `100 Continue` that is due.
    const body = await from.text();
    if (to.destroyed || to.writableEnded) return;
    setStandingHeaders(to);
    to.writeHead(from.status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
    await ended(to, body);
    return;
  }
  const begin = () => {
    if (to.destroyed || to.headersSent) return;
    setStandingHeaders(to);
    to.writeHead(from.status, { ...headers, 'Cache-Control': 'no-store, no-transform' }).flushHeaders();
  };
  if (!late) begin();
  for await (const chunk of from.body ?? []) {
    // Answered already in another way: what comes is read and thrown away.
    if (to.writableEnded) continue;
    begin();
    if (to.destroyed) {
      if (cancels()) break;
    } else if (!to.write(chunk)) await writableAgain(to);
  }
  begin();
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
async function ended(to: ServerResponse, body?: string): Promise<void> {
  if (to.destroyed || to.writableFinished) return;
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
