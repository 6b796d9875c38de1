import type { IncomingMessage } from 'node:http';
import { ToolError } from '@sallyport/core';
import { Refused } from './answer.js';
import { handleTogether } from './handle-together.js';
import { refused } from './refusals.js';
import { typedAnswer } from './rpc-error.js';

/** The client went away, or took too long, before its request was complete: there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** A body of one-byte chunks must not become a million objects. */
const maxPieces = 512;

/** What all bodies that are on their way hold together: many that trickle in must not fill the memory. */
export interface BodiesHeld {
  bytes: number;
  readonly maxBytes: number;
}

/**
 * Reads the body, at most `maxBytes` of it, and resolves together with others that come whole in the same turn. Throws 413 for more, 503 when all bodies together are too much, and
 * {@link ClientGone} when it does not come to its end.
 */
export function readBody(request: IncomingMessage, maxBytes: number, held: BodiesHeld): Promise<Buffer> {
  if (request.readableEnded || request.readableDidRead) return alreadyRead(request, maxBytes);
  const declared = Number(request.headers['content-length'] ?? 0);
  if (request.destroyed) return Promise.reject(new ClientGone());
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let ended = false;
    let refusing = false;
    let holds = 0;
    const letGo = () => {
      held.bytes -= holds;
      holds = 0;
      chunks = [];
    };
    const refuse = (refusal: Refused) => {
      letGo();
      refusing = true;
      reject(refusal);
    };
    const tooLarge = () => refuse(refused('body_too_large'));
    // Every request closes in the end; making an error of it costs more than all the rest here.
    const gone = () => {
      if (ended) return;
      letGo();
      reject(new ClientGone());
    };
    if (declared > maxBytes) tooLarge();
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (refusing) return;
      if (size > maxBytes) tooLarge();
      else if (held.bytes + chunk.length > held.maxBytes) refuse(overloaded());
      else {
        if (chunks.length >= maxPieces) chunks = [Buffer.concat(chunks)];
        chunks.push(chunk);
        holds += chunk.length;
        held.bytes += chunk.length;
      }
    });
    request.on('end', () => {
      ended = true;
      const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      chunks = [];
      handleTogether(() => {
        letGo();
        resolve(body);
      });
    });
    request.on('error', gone);
    request.on('close', gone);
  });
}

function overloaded(): Refused {
  const message = 'This server is receiving more than it can hold. Repeat the request in a moment.';
  return new Refused(typedAnswer(new ToolError('OVERLOADED', message, { retryAfterMs: 1_000 })));
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
