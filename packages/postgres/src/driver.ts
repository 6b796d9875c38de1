import type { Measure } from '@sallyport/core';
import type { Lease } from './lease.js';
import type { Waiting } from './permits.js';
import type { Session } from './session.js';

/** `app` is what handlers use; `query` may only read, and runs the SQL of agents. */
export type Login = 'app' | 'query';

/** What tells one kind of Postgres from another: `pg` on a server, or the embedded one. Everything else is shared. */
export interface Driver {
  /**
   * A session of that login for one transaction. Leaves the queue at once when the signal aborts, throwing its reason;
   * refuses with `unavailable` when the wait is expected to be longer than `leftMs`, or there was no connection in
   * time.
   */
  lease(login: Login, signal: AbortSignal, waiting: Waiting): Promise<Lease>;
  /** May refuse a free-form query that is known to be one, before it runs. */
  readonly checkQuery?: (session: Session, text: string) => Promise<void>;
  /** Of its pools. */
  measures(): readonly Measure[];
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
