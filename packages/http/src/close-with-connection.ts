import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const waiting = new WeakMap<Socket, Set<ServerResponse>>();

/**
 * Closes an answer that waits behind others on its connection when the connection closes. Node tells only the one whose turn it is, so
 * whoever waits for another's `close` would wait for ever. Costs nothing where requests are not pipelined.
 */
export function closeWithConnection(request: IncomingMessage, response: ServerResponse): void {
  // A response of HTTP/2 does not say by itself that it is over.
  if (request.httpVersionMajor > 1) response.once('close', () => void Object.assign(response, { destroyed: true }));
  if (response.socket !== null) return;
  const { socket } = request;
  let behind = waiting.get(socket);
  if (behind === undefined) {
    const all = new Set<ServerResponse>();
    socket.once('close', () => {
      for (const answer of all) {
        answer.destroyed = true;
        answer.emit('close');
      }
    });
    waiting.set(socket, all);
    behind = all;
  }
  const set = behind.add(response);
  response.once('socket', () => set.delete(response));
}
