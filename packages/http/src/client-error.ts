import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { send } from './answer.js';
import type { Connections, Exchange } from './connections.js';
import { refused } from './refusals.js';
import { rpcError } from './rpc-error.js';
import { securityHeaderLines, setSecurityHeaders } from './security-headers.js';

/** What Node could not even read as a request. */
const answers: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are larger than this server takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
};
const notHttp: readonly [status: number, message: string] = [400, 'This is not an HTTP request.'];

/** Answers what is not HTTP with JSON instead of Node's empty page, then closes the socket. */
export function answerClientErrors(server: Server, connections: Connections): void {
  const closing = new WeakSet<Duplex>();
  server.on('checkExpectation', (_, response) => {
    setSecurityHeaders(response);
    send(response, refused('expectation_failed').answer);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else refuse(socket, ...(answers[error.code ?? ''] ?? notHttp));
  });
  // Nothing here is a proxy. Without a listener Node would drop the answers to what came before on the connection.
  server.on('connect', (_, socket) => {
    socket.on('error', () => socket.destroy());
    refuse(socket, 405, 'This server has no method CONNECT.');
  });
  const refuse = (socket: Duplex, status: number, message: string): void => {
    const exchange = connections.lastOn(socket);
    if (exchange === undefined || mayAnswer(exchange)) answer(socket, status, message);
    else if (exchange.response.writableFinished) socket.destroy();
    else if (!closing.has(socket)) {
      // What follows is not HTTP, but what came before is still being answered.
      closing.add(socket);
      exchange.response.shouldKeepAlive = false;
      exchange.response.once('finish', () => socket.end(() => socket.destroy()));
    }
  };
}

/** Whether the next status line on the socket would be read as the answer to what is broken, and to nothing before it. */
function mayAnswer({ request, response }: Exchange): boolean {
  return request.complete ? response.writableFinished : !response.headersSent;
}

function answer(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify(rpcError(status, message));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${securityHeaderLines}Connection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
