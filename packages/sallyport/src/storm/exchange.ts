import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { eventWithId } from './event-with-id.js';
import type { Message } from './message.js';
import type { Breakage } from './outcome.js';

/** An HTTP answer, or why there is none. */
export type Exchanged =
  | { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }
  | { readonly breakage: Breakage };

/** The connections of one agent: kept open, as an agent's client does. */
export interface Connections {
  /** Posts a message whose answer has this id. Never rejects. Aborting `signal` closes the connection. */
  post(message: Message, id: number | undefined, signal: AbortSignal): Promise<Exchanged>;
  /** Closes them. What is still open is `closed`. */
  close(): void;
}

/** How long a stream may stay open after the answer was there. */
const lingerMs = 1_000;

/** Connections to that address, as many as messages are open, reading answers of up to `maxAnswerBytes`. */
export function connections(url: URL, maxAnswerBytes: number): Connections {
  const isSecure = url.protocol === 'https:';
  const request = isSecure ? httpsRequest : httpRequest;
  const agent = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true });
  return {
    post: ({ headers, body }, id, signal) =>
      new Promise((resolve) => {
        const fail = (error: unknown): void => resolve({ breakage: breakageOf(error) });
        const outgoing = begun(() =>
          request(url, { method: 'POST', agent, signal, headers: withLength(headers, body) }),
        );
        if (outgoing === undefined) return resolve({ breakage: 'network' });
        outgoing.on('error', fail);
        outgoing.on('response', (incoming) => {
          const { statusCode: status = 0, headers: answered } = incoming;
          const isStream = answered['content-type']?.startsWith('text/event-stream') === true;
          const decoder = new StringDecoder();
          let text = '';
          let bytes = 0;
          incoming.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > maxAnswerBytes) {
              resolve({ breakage: 'too-large' });
              outgoing.destroy();
              return;
            }
            text += decoder.write(chunk);
            if (!isStream || id === undefined || !/\n\r?\n$/.test(text)) return;
            const event = eventWithId(text, id);
            if (event === undefined) return;
            resolve({ status, headers: answered, text: event });
            setTimeout(() => incoming.complete || outgoing.destroy(), lingerMs).unref();
          });
          incoming.on('end', () => {
            const event = isStream && id !== undefined ? eventWithId(text, id) : undefined;
            resolve({ status, headers: answered, text: event ?? text + decoder.end() });
          });
          incoming.on('error', fail);
          incoming.on('close', () => resolve({ breakage: 'closed' }));
        });
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** `undefined` for what Node does not send: a header that no header can be, such as a token of other characters. */
function begun(request: () => ClientRequest): ClientRequest | undefined {
  try {
    return request();
  } catch {
    return undefined;
  }
}

function withLength(headers: Message['headers'], body: string): Record<string, string | number> {
  return { ...headers, 'Content-Length': Buffer.byteLength(body) };
}

function breakageOf(error: unknown): Breakage {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'closed';
  // What Node's parser cannot read begins with HPE_.
  return typeof code === 'string' && code.startsWith('HPE_') ? 'garbage' : 'network';
}
