/** One call, as its caller saw it. Times are milliseconds of the caller's monotonic clock, from the beginning of the history. */
export interface RecordedCall {
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly tenant: string;
  readonly agent: string;
  readonly tool: string;
  readonly code: string;
  /** What a write is to do, once; repeats say the same. */
  readonly operation?: string;
  /** What the caller gave it at most. */
  readonly timeoutMs?: number;
  /** The row that a write made, as its answer says. */
  readonly row?: number;
  /** Whose rows an answer held. */
  readonly tenantsSeen?: readonly string[];
}

/** Something that was taken away, and given back. */
export interface Fault {
  readonly kind: string;
  readonly beganAt: number;
  /** When what was taken away was there again. */
  readonly endedAt: number;
}

/** What one instance that was never restarted said of itself. */
export interface Sample {
  readonly at: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** What ran in the database at one moment. */
export interface Running {
  readonly at: number;
  /** Slow reports that run, by agent. */
  readonly reports: Readonly<Record<string, number>>;
  /** Backends of the server's logins that are at work. */
  readonly active: number;
}

/** A row that a write left. */
export interface Effect {
  readonly operation: string;
  readonly tenant: string;
  readonly row: number;
}

/** How long a question took that asks nothing, on the way that calls take. */
export interface Way {
  readonly at: number;
  readonly tookMs: number;
}

/** Everything that was recorded. */
export interface History {
  readonly calls: readonly RecordedCall[];
  readonly faults: readonly Fault[];
  /** Moments at which Redis had not decided on a call in its time, so that a read was decided by its instance. */
  readonly undecided: readonly number[];
  readonly samples: readonly Sample[];
  readonly running: readonly Running[];
  readonly ways: readonly Way[];
  /** Rows in the database at the end. */
  readonly effects: readonly Effect[];
  /** The key of each refund that the provider paid. */
  readonly paid: readonly string[];
}
