import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { send } from './answer.js';
import { refused } from './refusals.js';
import { rpcError } from './rpc-error.js';
import { securityHeaderLines, setSecurityHeaders } from './security-headers.js';

/** What Node could not even read as a request. */
const answers: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are larger than this server takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
};

/** Answers what is not HTTP with JSON instead of Node's empty page, then closes the socket. */
export function answerClientErrors(server: Server): void {
  const last = new WeakMap<Duplex, { readonly request: IncomingMessage; readonly response: ServerResponse }>();
  server.prependListener('request', (request, response) => last.set(request.socket, { request, response }));
  server.on('checkExpectation', (_, response) => {
    setSecurityHeaders(response);
    send(response, refused('expectation_failed').answer);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || isAnswering(last.get(socket))) {
      socket.destroy();
      return;
    }
    const [status, message] = answers[error.code ?? ''] ?? [400, 'This is not an HTTP request.'];
    const body = JSON.stringify(rpcError(status, message));
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${securityHeaderLines}Connection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      () => socket.destroy(),
    );
  });
}

/** Another status line would be read as part of the answer that has begun, or as the answer to the request before. */
function isAnswering(
  last: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined,
): boolean {
  if (last === undefined || last.response.writableFinished) return false;
  return last.request.complete || last.response.headersSent;
}
