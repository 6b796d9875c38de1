import type { ServerResponse } from 'node:http';

/** So many answers are written at once; beyond that a client would wait for its own while the rest is made. */
const most = 32;

/** An answer whose headers are made, and the last it has to say. */
interface Written {
  readonly response: ServerResponse;
  readonly text: string;
  readonly encoding: BufferEncoding;
}

/**
 * Writes answers to their sockets together: those that are complete in one turn of the event loop go out at its end, and every
 * 32 of them earlier. A write that finds its reader asleep wakes it, which on a virtual machine costs as much as a sixth of a call; when
 * several are for one reader, a proxy or an agent, only the first has to. Nothing waits longer than for what else is ready in that turn.
 */
export class WriteBatch {
  #waiting: Written[] = [];
  #isDue = false;

  /** Ends the answer with this text, before the event loop polls again. */
  end(response: ServerResponse, text: string, encoding: BufferEncoding): void {
    this.#waiting.push({ response, text, encoding });
    if (this.#waiting.length >= most) this.#write();
    else if (!this.#isDue) {
      this.#isDue = true;
      setImmediate(this.#onTurnEnd);
    }
  }

  readonly #onTurnEnd = (): void => {
    this.#isDue = false;
    this.#write();
  };

  #write(): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (const { response, text, encoding } of all) if (!response.destroyed) response.end(text, encoding);
  }
}
