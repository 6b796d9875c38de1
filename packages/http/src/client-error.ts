import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Answer } from './answer.js';
import type { Connections, Exchange } from './connections.js';
import { closeGently, lingerAtEnd } from './linger.js';
import { type Reason, refused as refusal } from './refusals.js';
import { standingHeaderLines } from './standing-headers.js';

/** What Node could not even read as a request. */
const reasons: Readonly<Record<string, Reason>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what is not HTTP with JSON instead of Node's empty page, then closes the socket. */
export function answerClientErrors(server: Server, connections: Connections): void {
  const refused = new WeakSet<Duplex>();
  // Answered as any other request, so that whatever counts or waits for requests knows of it.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') socket.destroy();
    // What follows on a broken connection breaks again, while its client may still be reading.
    else if (refused.has(socket)) return;
    else if (!socket.writable) socket.destroy();
    else refuse(socket, reasons[error.code ?? ''] ?? 'not_http');
  });
  // Nothing here is a proxy. Without a listener Node would drop the answers to what came before on the connection.
  server.on('connect', (_, socket) => {
    socket.on('error', () => socket.destroy());
    refuse(socket, 'method_not_allowed');
  });
  const refuse = (socket: Duplex, reason: Reason): void => {
    refused.add(socket);
    lingerAtEnd(socket);
    const exchange = connections.lastOn(socket);
    const { answer } = refusal(reason);
    if (exchange === undefined) write(socket, answer);
    else afterPending(exchange, socket, () => write(socket, answer));
  };
}

/**
 * Closes the connection when all that came before has been answered. `answerNow` runs if the next status line will be read as the
 * answer to what is broken, and to nothing before it.
 */
function afterPending({ request, response }: Exchange, socket: Duplex, answerNow: () => void): void {
  const isCurrent = response.socket === socket;
  if (response.writableFinished) {
    if (request.complete) answerNow();
    else closeGently(socket);
  } else if (!request.complete && !response.headersSent && isCurrent) answerNow();
  else if (!request.complete && !isCurrent) {
    // It waits behind others on the same connection. When its turn comes it may have been refused for something else.
    response.once('socket', () => afterPending({ request, response }, socket, answerNow));
  } else {
    response.shouldKeepAlive = false;
    response.once('finish', () => closeGently(socket));
  }
}

function write(socket: Duplex, { status, body }: Answer): void {
  const text = JSON.stringify(body);
  closeGently(
    socket,
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${standingHeaderLines}Connection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}
