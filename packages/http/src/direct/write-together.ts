import { AsyncResource } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import { Gathered } from '../gathered.js';

/** An answer whose headers are made, and all it has to say; it ends in the asynchronous context in which it was made. */
class Written extends AsyncResource {
  readonly #response: ServerResponse;
  readonly #text: string;
  readonly #encoding: BufferEncoding;
  readonly #fail: (error: unknown) => void;

  constructor(response: ServerResponse, text: string, encoding: BufferEncoding, fail: (error: unknown) => void) {
    super('SallyportAnswer');
    this.#response = response;
    this.#text = text;
    this.#encoding = encoding;
    this.#fail = fail;
  }

  write(): void {
    this.runInAsyncScope(this.#end, this);
  }

  #end(): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    try {
      response.end(this.#text, this.#encoding);
    } catch (error) {
      this.#fail(error);
    }
  }
}

const waiting = new Gathered<Written>((all) => {
  for (const written of all) written.write();
});

/**
 * Ends the answer with this text, together with others of this process: when the requests that were handled with its own have gone on as far as
 * they can, or at the end of the turn of the event loop; and before that as soon as there are 32, one is made a millisecond or more after the
 * first, or the process exits. A write that finds its reader
 * asleep wakes it, which on a virtual machine costs some 4 µs; when several are for one reader, a proxy or an agent, only the first has to. `fail` is told what `response.end` throws.
 */
export function writeTogether(
  response: ServerResponse,
  text: string,
  encoding: BufferEncoding,
  fail: (error: unknown) => void,
): void {
  waiting.add(new Written(response, text, encoding, fail));
}

/** Writes what waits to be written. */
export const writeNow = waiting.workNow;

process.prependListener('exit', writeNow);
