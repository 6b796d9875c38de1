import type { ServerResponse } from 'node:http';
import type { Sends } from '@sallyport/core/adapter';
import type { Era } from '../era.js';
import type { TakesHeaders } from '../limits/limit-headers.js';
import { setStandingHeaders, standingHeaders } from '../standing-headers.js';

/** What a handler sends while it runs. */
export interface Notification {
  readonly method: string;
  readonly params?: object | undefined;
}

/**
 * One answer of the direct path: JSON, or an event stream as the official handler's as soon as something is sent before the
 * end. What nobody reads any more is dropped.
 */
export class DirectAnswer implements Sends, TakesHeaders {
  readonly #response: ServerResponse;
  readonly #era: Era;
  /** Name, value, name, value: Node writes such a list at half the cost of headers that were set one by one. */
  readonly #headers: string[] = [];
  #ended = false;

  constructor(response: ServerResponse, era: Era) {
    this.#response = response;
    this.#era = era;
  }

  get headersSent(): boolean {
    return this.#response.headersSent;
  }

  setHeader(name: string, value: string): void {
    this.#headers.push(name, value);
  }

  async progress(params: object): Promise<void> {
    this.notify({ method: 'notifications/progress', params });
  }

  /** 2026-07-28: only with a log level in the envelope, and then the request is not an ordinary one. */
  async log(level: string, data: unknown, logger?: string): Promise<void> {
    if (this.#era === 'legacy') this.notify({ method: 'notifications/message', params: { level, data, logger } });
  }

  /** Sends a notification ahead of the answer. */
  notify({ method, params }: Notification): void {
    const response = this.#response;
    if (this.#ended || response.destroyed) return;
    if (!response.headersSent) {
      this.#setHeaders();
      setStandingHeaders(response);
      response.writeHead(200, streamHeaders).flushHeaders();
    }
    response.write(frame(JSON.stringify({ jsonrpc: '2.0', method, params })));
  }

  /** Nothing is sent from here on. */
  close(): void {
    this.#ended = true;
  }

  /** Somebody else finishes the answer, with the headers it has. */
  handOver(): void {
    this.#ended = true;
    if (!this.#response.headersSent) this.#setHeaders();
  }

  /** Sends the answer: `result` is JSON text, in UTF-8 when it is large and known beforehand. */
  end(result: string | Buffer, id: string | number): void {
    const response = this.#response;
    this.#ended = true;
    // Something else may have been the answer: a denial as HTTP 429.
    if (response.destroyed || response.writableEnded) return;
    const tail = `,"jsonrpc":"2.0","id":${typeof id === 'number' ? id : JSON.stringify(id)}}`;
    if (typeof result !== 'string') {
      const body = Buffer.concat([head, result, Buffer.from(tail)]);
      response.writeHead(200, this.#jsonHeaders(body.length)).end(body);
      return;
    }
    const text = `{"result":${result}${tail}`;
    if (response.headersSent) {
      response.end(frame(text));
      return;
    }
    const bytes = Buffer.byteLength(text);
    // As many bytes as code units: all of it is ASCII, which Node copies faster when it is told so.
    response.writeHead(200, this.#jsonHeaders(bytes));
    setImmediate(send, response, text, bytes === text.length ? 'latin1' : 'utf8');
  }

  #setHeaders(): void {
    const headers = this.#headers;
    for (let i = 0; i < headers.length; i += 2) this.#response.setHeader(headers[i] ?? '', headers[i + 1] ?? '');
  }

  #jsonHeaders(bytes: number): string[] {
    const standing = standingHeaders(this.#response);
    return [...this.#headers, ...standing, 'Content-Type', 'application/json', 'Content-Length', String(bytes)];
  }
}

/**
 * At the end of the turn of the event loop in which the answer was made, so that all that were made in it are written one after the
 * other: a write that finds its reader asleep wakes it, which on a virtual machine costs as much as a sixth of a call, and when several
 * are for one reader, a proxy or an agent, only the first has to. Each by itself, for whoever hears of its end in its own context.
 */
function send(response: ServerResponse, text: string, encoding: BufferEncoding): void {
  if (!response.destroyed) response.end(text, encoding);
}

const head = Buffer.from('{"result":');

const streamHeaders = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

function frame(text: string): string {
  return `event: message\ndata: ${text}\n\n`;
}
