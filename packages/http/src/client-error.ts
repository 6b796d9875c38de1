import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { send } from './answer.js';
import { refused } from './refusals.js';
import { rpcError } from './rpc-error.js';
import { standingHeaderLines } from './standing-headers.js';

/** What Node could not even read as a request. */
const answers: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are larger than this server takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
};

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers what is not HTTP with JSON instead of Node's empty page, then closes the socket. */
export function answerClientErrors(server: Server): void {
  const last = new WeakMap<Duplex, Exchange>();
  const closing = new WeakSet<Duplex>();
  server.prependListener('request', (request, response) => last.set(request.socket, { request, response }));
  server.on('checkExpectation', (_, response) => send(response, refused('expectation_failed').answer));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const exchange = last.get(socket);
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else if (exchange === undefined || mayAnswer(exchange)) answer(socket, error.code);
    else if (exchange.response.writableFinished) socket.destroy();
    else if (!closing.has(socket)) {
      // What follows is not HTTP, but what came before is still being answered.
      closing.add(socket);
      exchange.response.shouldKeepAlive = false;
      exchange.response.once('finish', () => socket.end());
    }
  });
}

/** Whether the next status line on the socket would be read as the answer to what is broken, and to nothing before it. */
function mayAnswer({ request, response }: Exchange): boolean {
  return request.complete ? response.writableFinished : !response.headersSent;
}

function answer(socket: Duplex, code: string | undefined): void {
  const [status, message] = answers[code ?? ''] ?? [400, 'This is not an HTTP request.'];
  const body = JSON.stringify(rpcError(status, message));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${standingHeaderLines}Connection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
