import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * The connections of a server, and the last exchange on each. There are at most `max`: a further one takes the place of the one
 * that has been silent longest (nothing on it is being answered: it idles between requests, or trickles in), and is closed at once
 * when all are busy. So idle connections, however many, keep nobody out.
 */
export class Connections {
  /** In the order of their last request. */
  readonly #last = new Map<Duplex, Exchange | undefined>();

  constructor(server: Server, max: number) {
    if (!Number.isSafeInteger(max) || max < 1) throw new TypeError('maxConnections must be a whole number, 1 or more');
    server.on('connection', (socket) => {
      if (this.#last.size >= max && !this.#makeRoom()) {
        socket.destroy();
        return;
      }
      this.#last.set(socket, undefined);
      socket.once('close', () => this.#last.delete(socket));
    });
    server.prependListener('request', (request, response) => {
      if (!this.#last.delete(request.socket)) return;
      this.#last.set(request.socket, { request, response });
    });
  }

  /** The last exchange on this connection; `undefined` when there was none. */
  lastOn(socket: Duplex): Exchange | undefined {
    return this.#last.get(socket);
  }

  #makeRoom(): boolean {
    for (const [socket, exchange] of this.#last) {
      if (exchange !== undefined && !exchange.response.writableFinished && !exchange.response.destroyed) continue;
      this.#last.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }
}
