import type { ServerResponse } from 'node:http';
import { discardRest, isEndless } from './linger.js';
import { setStandingHeaders } from './standing-headers.js';

/** A whole HTTP answer with a JSON body. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Thrown by a step of the edge that answers the request itself. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`HTTP ${answer.status}`);
    this.answer = answer;
  }
}

/** Sends the answer, unless one has begun or nobody listens any more. */
export function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  discardRest(response);
  setStandingHeaders(response);
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    ...(isEndless(response.req) ? { Connection: 'close' } : {}),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(status === 204 ? {} : { 'Content-Length': Buffer.byteLength(text) }),
  });
  response.end(text);
}
