import type { Priority, Watch } from '@sallyport/core';

/** Whose rows one piece of work may touch, and how long it may take. */
export interface Scope {
  /** Row-level security shows this tenant's rows and no others. */
  readonly tenant: string;
  /** Aborting it leaves the queue at once, or ends the running statement where the database can. */
  readonly signal: AbortSignal;
  /** Milliseconds left; `Infinity` for none. Read when the work is queued and when it begins. */
  readonly remainingMs: () => number;
  readonly readOnly?: boolean;
  /** Where it waits among others for a connection. Default `default`. */
  readonly priority?: Priority | undefined;
  /** Waits for a connection as long as there is time, however long that is expected to take: for what nobody can make again. */
  readonly patient?: boolean;
  /** Told while a connection is waited for. */
  readonly watch?: Watch | undefined;
  /** What operators see beside every statement, as a comment (sqlcommenter) and in `application_name`. */
  readonly tags?: Tags;
}

/** Who a statement is charged to. */
export interface Tags {
  readonly agent?: string;
  readonly tool?: string;
  readonly tenant?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
}
