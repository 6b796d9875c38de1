import { rm } from 'node:fs/promises';
import type { DatabaseError } from '../database-error.js';
import type { RawResult } from '../session.js';
import { toDatabaseError } from '../to-database-error.js';
import { ownFolder } from './own-folder.js';
import { PGliteThread } from './pglite-thread.js';

/**
 * The embedded Postgres with its files in a temporary folder, which goes when it stops, or at the next start when it was
 * killed. A statement cannot be cancelled in it, but {@link endStatement} can end the thread: what was committed is in the
 * folder, as it is after a crash of a server.
 */
export class PGliteServer {
  readonly #folder: string;
  #thread: PGliteThread;
  #recovering: Promise<void> | undefined;
  #failed: DatabaseError | undefined;

  /** Resolves when it has started. */
  static async start(): Promise<PGliteServer> {
    const folder = await ownFolder();
    try {
      return new PGliteServer(folder, await PGliteThread.start(folder));
    } catch (error) {
      await remove(folder);
      throw error;
    }
  }

  private constructor(folder: string, thread: PGliteThread) {
    this.#folder = folder;
    this.#thread = thread;
  }

  /** Runs one statement, or without `params` a script. Waits while it recovers. */
  async run(text: string, params?: readonly (string | null)[], maxBytes?: number): Promise<RawResult> {
    await this.#recovering;
    if (this.#failed !== undefined) throw this.#failed;
    return this.#thread.run(text, params, maxBytes);
  }

  /** Throws when it cannot be used; says nothing about how busy it is. */
  assertAlive(): void {
    if (this.#failed !== undefined) throw this.#failed;
    if (this.#recovering === undefined) this.#thread.assertAlive();
  }

  /**
   * Ends the running statement and its transaction, whatever they do, and recovers: about a second, in which nothing runs.
   * Never during a COMMIT, or nobody would know whether it happened.
   */
  endStatement(): void {
    this.#recovering ??= this.#recover().finally(() => {
      this.#recovering = undefined;
    });
  }

  async stop(): Promise<void> {
    await this.#recovering;
    await this.#thread.stop();
    await remove(this.#folder);
  }

  async #recover(): Promise<void> {
    try {
      await this.#thread.stop();
      this.#thread = await PGliteThread.start(this.#folder);
    } catch (error) {
      this.#failed = toDatabaseError(error);
    }
  }
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
