import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { ClockReading } from './clock-skew.js';

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** At most a mebibyte of it. */
  readonly text: string;
  /** What its `Date` says; `undefined` without one. */
  readonly clock: ClockReading | undefined;
}

/** What is asked beside the address. */
export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const timeoutMs = 5_000;
const maxBytes = 1_048_576;

/** Asks over HTTP once, with exactly these headers: `fetch` sets `Host` and `Origin` itself. Rejects without an answer in 5 seconds. */
export function ask(url: URL, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const askedAt = Date.now();
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request(url, { method, headers, agent: false, signal }, (response) => {
      const answeredAt = Date.now();
      const chunks: Buffer[] = [];
      let bytes = 0;
      const done = () => {
        const saidAt = Date.parse(response.headers.date ?? '');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
          clock: Number.isNaN(saidAt) ? undefined : { askedAt, answeredAt, saidAt, resolutionMs: 1_000 },
        });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > maxBytes) {
          done();
          response.destroy();
        }
      });
      response.on('end', done);
      response.on('error', reject);
    });
    sent.on('error', (error) =>
      reject(signal.aborted ? new Error(`no answer within ${timeoutMs / 1_000} seconds`) : error),
    );
    sent.end(body);
  });
}
