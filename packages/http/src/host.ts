import type { Changes } from './changes.js';
import type { Drained } from './drain.js';

/** A server that runs. */
export interface Host {
  /** Of the MCP endpoint, as bound: `http://127.0.0.1:3000/mcp`. */
  readonly url: string;
  readonly port: number;
  /** Tells clients about changes of what is served. */
  readonly changes: Changes;
  /** Resolves when the server has drained and closed, whatever began it. */
  readonly drained: Promise<Drained>;
  /** Drains and closes, as a signal does. Joins a drain that has begun. */
  close(): Promise<Drained>;
}
