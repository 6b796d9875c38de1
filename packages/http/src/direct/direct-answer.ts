import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import type { Sends } from '@sallyport/core/adapter';
import type { Era } from '../era.js';
import type { TakesHeaders } from '../limits/limit-headers.js';
import { setStandingHeaders, standingHeaders } from '../standing-headers.js';
import { writeTogether } from './write-together.js';

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

  /** Sends JSON text as the result of a call. It may go out a little later, and then `fail` is told why it cannot. */
  end(result: string, id: string | number, fail: (error: unknown) => void): void {
    const response = this.#response;
    this.#ended = true;
    // Something else may have been the answer: a denial as HTTP 429.
    if (response.destroyed || response.writableEnded) return;
    const text = `{"result":${result}${tailOf(id)}`;
    if (response.headersSent) {
      response.end(frame(text));
      return;
    }
    const bytes = Buffer.byteLength(text);
    response.writeHead(200, this.#jsonHeaders(bytes));
    // As many bytes as code units: all of it is ASCII, which Node copies faster when it is told so.
    writeTogether(response, text, bytes === text.length ? 'latin1' : 'utf8', fail);
  }

  /** Sends a result that is large and known beforehand: JSON text in UTF-8. */
  endKnown(result: Buffer, id: string | number): void {
    const response = this.#response;
    if (response.destroyed) return;
    const body = Buffer.concat([head, result, Buffer.from(tailOf(id))]);
    response.writeHead(200, this.#jsonHeaders(body.length));
    // Of bytes that wait behind another answer Node would write the head before a `100 Continue` that is due.
    response.end(response.socket === null ? body.toString() : body);
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

function tailOf(id: string | number): string {
  return `,"jsonrpc":"2.0","id":${typeof id === 'number' ? id : JSON.stringify(id)}}`;
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
