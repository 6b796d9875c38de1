import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const waiting = new WeakMap<Socket, Set<ServerResponse>>();

/**
 * Closes an answer that waits behind others on its connection when the connection closes. Node tells only the one whose turn it is, so
 * whoever waits for another's `close` would wait for ever. Costs nothing where requests are not pipelined.
 */
export function closeWithConnection({ socket }: IncomingMessage, response: ServerResponse): void {
  if (response.socket !== null) return;
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
