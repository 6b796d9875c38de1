import { type Connections, connections } from './exchange.js';
import { greet } from './greet.js';
import { callMessage, message, type Sender } from './message.js';
import { readOutcome } from './read-outcome.js';
import type { AgentPlan } from './scenario.js';
import type { Transport } from './transport.js';

/** Bounds of the HTTP transport. */
export interface HttpTransportOptions {
  /** Longer answers are `too-large`. Default 8 MiB. */
  readonly maxAnswerBytes?: number;
}

interface Line {
  readonly connections: Connections;
  sender: Sender;
}

const handshakeMs = 5_000;
const handshakesAtOnce = 50;

/**
 * Calls over HTTP, JSON-RPC written by hand in both versions of the protocol: an official client would measure itself. Each agent has
 * its own connections and keeps them open. An agent of the 2025 era begins with `initialize`, before the storm, and keeps the session
 * where it is given one.
 *
 * @example
 * ```ts
 * import { httpTransport } from 'sallyport/storm';
 *
 * const transport = httpTransport('http://127.0.0.1:3000/mcp', { maxAnswerBytes: 65_536 });
 * ```
 */
export function httpTransport(url: string | URL, options: HttpTransportOptions = {}): Transport {
  const { maxAnswerBytes = 8 * 1_048_576 } = options;
  const address = new URL(url);
  const lines = new Map<AgentPlan, Line>();
  let lastId = 0;
  const lineOf = (plan: AgentPlan): Line => {
    let line = lines.get(plan);
    if (line === undefined) {
      const { caller, protocol } = plan;
      const own = connections(address, maxAnswerBytes);
      line = { connections: own, sender: { protocol, token: caller.token } };
      lines.set(plan, line);
    }
    return line;
  };
  const begin = async (line: Line, signal: AbortSignal): Promise<void> => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(handshakeMs)]);
    line.sender = await greet(line.connections, line.sender, ++lastId, within);
  };
  return {
    target: `${address.origin}${address.pathname}`,
    async open(agents, signal) {
      const waiting = agents.map(lineOf);
      while (waiting.length > 0 && !signal.aborted) {
        await Promise.all(waiting.splice(0, handshakesAtOnce).map((line) => begin(line, signal)));
      }
    },
    async call(plan, operation, facts, signal) {
      const { connections: own, sender } = lineOf(plan);
      const id = ++lastId;
      if (sender.protocol !== '2026-07-28') {
        // There a lost connection is no cancellation.
        const cancel = message(sender, 'notifications/cancelled', undefined, { requestId: id });
        signal.addEventListener('abort', () => {
          void own.post(cancel, undefined, AbortSignal.timeout(handshakeMs));
        });
      }
      return readOutcome(await own.post(callMessage(sender, id, operation, facts), id, signal), id);
    },
    close() {
      for (const { connections: own } of lines.values()) own.close();
      lines.clear();
    },
  };
}
