import type { IncomingMessage } from 'node:http';
import { refused } from './refusals.js';

/** The client went away, or took too long, before its request was complete: there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** A body over the limit is read on and thrown away up to so many times the limit, so that its sender gets to see the 413. */
const patience = 8;

/** Reads the body, at most `maxBytes` of it. Throws 413 for more and {@link ClientGone} when it does not come to its end. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (request.readableEnded || request.readableDidRead) return alreadyRead(request, maxBytes);
  const declared = Number(request.headers['content-length'] ?? 0);
  if (request.destroyed) return Promise.reject(new ClientGone());
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let ended = false;
    const tooLarge = () => {
      chunks = [];
      reject(refused('body_too_large', declared > patience * maxBytes ? { Connection: 'close' } : {}));
    };
    // Every request closes in the end; making an error of it costs more than all the rest here.
    const gone = () => {
      if (!ended) reject(new ClientGone());
    };
    if (declared > maxBytes) tooLarge();
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > patience * maxBytes) request.destroy();
      else if (size > maxBytes) tooLarge();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      ended = true;
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    request.on('error', gone);
    request.on('close', gone);
  });
}

/** A body that a parser of the app has read is written out again, so that it meets the same bounds as any other. */
async function alreadyRead(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { body } = request as { readonly body?: unknown };
  if (body === undefined) throw refused('body_consumed');
  const bytes =
    typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  if (bytes.length > maxBytes) throw refused('body_too_large');
  return bytes;
}
