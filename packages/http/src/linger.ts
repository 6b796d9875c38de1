import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A client whose connection ends may read its answers for so long before it is cut. */
const lingerMs = 2_000;

/**
 * Closes our side and cuts the connection when the client has closed its own, or soon. To cut it at once would throw away what the
 * client has not read yet, and fail what it still writes (RFC 9112 section 9.6).
 */
export function closeGently(socket: Duplex, lastWords?: string): void {
  if (socket.writableEnded) return;
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
  socket.once('end', () => socket.destroy());
  socket.end(lastWords);
  socket.resume();
}

/** Has Node close this connection so after the last answer on it, which otherwise cuts it there and then. */
export function lingerAtEnd(socket: Duplex): void {
  (socket as Socket).destroySoon = closeThis;
}

/** The client of a request that is answered before all of it has come is still sending. */
export function lingerWhileSending(request: IncomingMessage): void {
  // Of HTTP/2 the connection has other streams on it.
  if (!request.complete && request.httpVersionMajor === 1) lingerAtEnd(request.socket);
}

function closeThis(this: Socket): void {
  closeGently(this);
}
