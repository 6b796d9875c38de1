import { AsyncResource } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';

/** So many answers are written at once. */
const most = 32;
/** No answer waits for another that is made so much later. */
const longestMs = 1;
// Also in a test whose timers are not real.
const { setImmediate, performance } = globalThis;

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

let waiting: Written[] = [];
let firstAt = 0;
let isDue = false;

/**
 * Ends the answer with this text, together with others of this process: at the end of the turn of the event loop, and before that when
 * there are 32 of them, when one is made a millisecond after the first, and when the process exits. A write that finds its reader
 * asleep wakes it, which on a virtual machine costs some 4 µs; when several are for one reader, a proxy or an agent, only the first has to. `fail` is told what `response.end` throws.
 */
export function writeTogether(
  response: ServerResponse,
  text: string,
  encoding: BufferEncoding,
  fail: (error: unknown) => void,
): void {
  const now = performance.now();
  if (waiting.length === 0) firstAt = now;
  waiting.push(new Written(response, text, encoding, fail));
  if (waiting.length >= most || now - firstAt >= longestMs) writeNow();
  else if (!isDue) {
    isDue = true;
    setImmediate(onTurnEnd);
  }
}

function onTurnEnd(): void {
  isDue = false;
  writeNow();
}

function writeNow(): void {
  const all = waiting;
  waiting = [];
  for (const written of all) written.write();
}

process.prependListener('exit', writeNow);
