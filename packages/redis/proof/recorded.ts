import type { Ask } from './workload.js';

/** One decision of a recorded run, as a line of JSON. */
export interface Recorded extends Ask {
  /** `null` when the store did not say in time. */
  readonly admitted: boolean | null;
  /** On the server's clock, in milliseconds; without a decision on the machine's, when it was asked for. */
  readonly atMs: number;
  /** On the machine's clock, in milliseconds, whatever the process that asked believes. */
  readonly sentMs: number;
  readonly receivedMs: number;
}
