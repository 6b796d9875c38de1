import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Ring } from './ring.js';

/** A request and its answer, of which one at least is not complete. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Connection {
  readonly socket: Socket;
  last: Exchange | undefined;
}

/**
 * The connections of a server, and the last exchange on each, until it is over. There are at most `max`: a further one takes the place of the one
 * that was used longest ago among those on which nothing runs (they idle between requests, or a request trickles in), and is closed at
 * once when a call runs on each. So idle connections, however many, keep nobody out. A client that does not read, so that nothing of its answers
 * has left for `stallMs`, is cut off: Node bounds how long a request takes, and not an answer.
 */
export class Connections {
  readonly #places = new Map<Socket, ReturnType<Ring<Connection>['add']>>();
  /** In the order of their last request. */
  readonly #ring = new Ring<Connection>();

  constructor(server: Server, max: number, stallMs: number) {
    if (!Number.isSafeInteger(max) || max < 1) throw new TypeError('maxConnections must be a whole number, 1 or more');
    server.on('connection', (socket) => {
      if (this.#places.size >= max && !this.#makeRoom()) {
        socket.destroy();
        return;
      }
      this.#places.set(socket, this.#ring.add({ socket, last: undefined }));
      socket.once('close', () => this.#forget(socket));
    });
    // Looked at from outside, now and then: a timer for each answer would cost every call.
    const watch = setInterval(() => this.#watchStalled(stallMs), stallMs / 3);
    watch.unref();
    server.once('close', () => clearInterval(watch));
    server.prependListener('request', (request, response) => {
      const place = this.#places.get(request.socket);
      if (place?.member === undefined) return;
      const connection = place.member;
      const exchange = { request, response };
      connection.last = exchange;
      this.#ring.toEnd(place);
      // An exchange that is over decides nothing more; kept, it would keep all that its call held for as long as the client idles.
      response.on('close', () => {
        if (connection.last === exchange && request.complete) connection.last = undefined;
      });
    });
  }

  /** The last exchange on this connection; `undefined` when there was none, and when it is over. */
  lastOn(socket: Duplex): Exchange | undefined {
    return this.#places.get(socket as Socket)?.member?.last;
  }

  /** Answers that have not begun say that they are the last on their connections. */
  announceEnd(): void {
    for (const { last } of this.#ring) {
      if (last !== undefined && !last.response.headersSent) last.response.shouldKeepAlive = false;
    }
  }

  /** Closes those on which nothing was ever said. */
  closeSilent(): void {
    for (const { socket } of this.#ring) if (socket.bytesRead === 0) socket.destroy();
  }

  #forget(socket: Socket): void {
    const place = this.#places.get(socket);
    if (place === undefined) return;
    this.#places.delete(socket);
    this.#ring.remove(place);
  }

  /** What waits in a socket waits for its client. Node's own timer of a socket knows whether any of it has left meanwhile. */
  #watchStalled(stallMs: number): void {
    for (const { socket, last } of this.#ring) {
      const isWatched = socket.timeout === stallMs;
      if (socket.writableLength > 0) {
        if (!isWatched) socket.setTimeout(stallMs);
      } else if (isWatched && isAnswering(last)) socket.setTimeout(0);
    }
  }

  #makeRoom(): boolean {
    for (const { socket, last } of this.#ring) {
      if (isAnswering(last) && last?.request.complete === true) continue;
      this.#forget(socket);
      socket.destroy();
      return true;
    }
    return false;
  }
}

/** Between answers a socket has Node's timer for idle ones. */
function isAnswering(exchange: Exchange | undefined): boolean {
  return exchange !== undefined && !exchange.response.writableFinished && !exchange.response.destroyed;
}
