import { Worker } from 'node:worker_threads';
import { DatabaseError } from '../database-error.js';
import { ResultTooLarge } from '../query/result-too-large.js';
import type { RawResult } from '../session.js';
import { toDatabaseError } from '../to-database-error.js';
import type { PGliteReply, PGliteRequest } from './pglite-protocol.js';

interface Pending {
  readonly resolve: (result: RawResult) => void;
  readonly reject: (error: DatabaseError | ResultTooLarge) => void;
}

/**
 * The embedded Postgres on a thread of its own, which it blocks while a statement runs. When the thread is gone, every call
 * fails with `unavailable`, those under way too.
 */
export class PGliteThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #gone: DatabaseError | undefined;

  /** Starts it on the files in `folder`, making them when there are none. */
  static async start(folder: string): Promise<PGliteThread> {
    const thread = new PGliteThread(folder);
    await thread.#reply(0);
    return thread;
  }

  private constructor(folder: string) {
    this.#worker = new Worker(new URL('../../worker/pglite.mjs', import.meta.url), {
      name: 'pglite',
      workerData: folder,
      env: {},
      execArgv: [],
      resourceLimits: { stackSizeMb: 32 },
    });
    this.#worker.on('message', (reply: PGliteReply) => this.#settle(reply));
    this.#worker.on('error', (cause) =>
      this.#end(new DatabaseError('unavailable', 'the embedded database crashed', { cause })),
    );
    this.#worker.on('exit', () => this.#end(new DatabaseError('unavailable', 'the embedded database has stopped')));
  }

  /** Runs one statement, or without `params` a script. Throws a `ResultTooLarge` when it wrote more than `maxBytes`. */
  run(text: string, params?: readonly (string | null)[], maxBytes?: number): Promise<RawResult> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    this.#lastId += 1;
    const request: PGliteRequest = { id: this.#lastId, text, params, maxBytes };
    this.#worker.postMessage(request);
    return this.#reply(request.id);
  }

  /** Throws when the thread is gone; says nothing about how busy it is. */
  assertAlive(): void {
    if (this.#gone !== undefined) throw this.#gone;
  }

  /** Ends the thread, whatever it does. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #reply(id: number): Promise<RawResult> {
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  #settle(reply: PGliteReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.result !== undefined) {
      pending?.resolve(reply.result);
      return;
    }
    if (reply.tooLarge) {
      pending?.reject(new ResultTooLarge());
      return;
    }
    const error = toDatabaseError(reply.error);
    pending?.reject(error);
    // Not an error of Postgres but of the machine it runs on (a stack that ran out, say): its memory cannot be trusted now.
    if (error.sqlState === undefined) {
      this.#end(error);
      this.stop().catch(() => undefined);
    }
  }

  #end(reason: DatabaseError): void {
    this.#gone ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#gone);
    this.#pending.clear();
  }
}
