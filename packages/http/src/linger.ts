import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A client whose connection ends may read its answers for so long before it is cut. */
const lingerMs = 2_000;
/** Of a request that was refused so many bytes are still read and thrown away before its connection is closed. */
const mostDiscarded = 8 * 1024 * 1024;

/**
 * Closes our side and cuts the connection when the client has closed its own, or soon. To cut it at once would throw away what the
 * client has not read yet, and fail what it still writes. Nothing that comes is taken for a request any more: it could not be
 * answered (RFC 9112 section 9.6).
 */
export function closeGently(socket: Duplex, lastWords?: string): void {
  if (socket.writableEnded) return;
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
  socket.once('end', () => socket.destroy());
  socket.end(lastWords);
  // Node's parser of requests is one of them; for a further one it lets go of what it reads past the stream.
  socket.removeAllListeners('data');
  socket.on('data', ignore);
  // The parser may have stopped reading, and only it knew: the stream believes that it reads (`readable.push('')`).
  socket.push('');
  socket.resume();
}

/** Has Node close this connection so after the last answer on it, which otherwise cuts it there and then. */
export function lingerAtEnd(socket: Duplex): void {
  (socket as Socket).destroySoon = closeThis;
}

/** Whether more of the request may be to come than is ever read, so that its connection cannot go on; a stream of HTTP/2 ends alone. */
export function isEndless({ complete, headers, httpVersionMajor }: IncomingMessage): boolean {
  return !complete && httpVersionMajor === 1 && Number(headers['content-length'] ?? 0) > mostDiscarded;
}

/** For a request that is answered before all of it has come: its client is still sending. */
export function discardRest(response: ServerResponse): void {
  const { req: request } = response;
  if (request.complete || !hasBody(request)) return;
  const { socket } = request;
  // Of HTTP/2 the connection has other streams on it, and what only looks like a request has no connection.
  const isOwn = request.httpVersionMajor === 1 && socket instanceof Duplex;
  if (isOwn) lingerAtEnd(socket);
  const enough = () => {
    if (isOwn) closeGently(socket);
    else request.destroy();
  };
  let left = mostDiscarded;
  request.on('data', ({ length }: Buffer) => {
    const isOver = left < 0;
    left -= length;
    if (left >= 0 || isOver) return;
    if (response.writableFinished) enough();
    else {
      // The answer waits for its turn on the connection.
      request.pause();
      response.once('finish', enough);
    }
  });
}

/** In HTTP/1 the headers say so (RFC 9112 section 6.3). */
function hasBody({ headers, httpVersionMajor }: IncomingMessage): boolean {
  if (httpVersionMajor !== 1) return true;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function closeThis(this: Socket): void {
  closeGently(this);
}

const ignore = () => {};
