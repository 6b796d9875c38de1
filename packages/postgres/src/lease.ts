import type { Session } from './session.js';

/** A session held for one transaction. Ends with exactly one of the last three, which give the session back. */
export interface Lease {
  readonly session: Session;
  /** Asks the database to end the running statement, which then rejects. Does nothing where that is not possible. */
  interrupt(): void;
  /** Throws `commit_unknown` when nobody can know whether it happened, another `DatabaseError` when it surely did not. */
  commit(): Promise<void>;
  /** There is no transaction to end. Never throws. */
  release(): Promise<void>;
  /** Rolls back; a session in doubt is destroyed. Never throws. */
  abandon(): Promise<void>;
}
