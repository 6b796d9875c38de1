/** What the load process is told to do. */
export interface LoadJob {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Every answer must be this JSON text, byte for byte, alone or as an event of a stream. */
  readonly answer: string;
  readonly connections: number;
  /** Until then, or for so many answers where a server is too slow for a time to mean anything. */
  readonly extent: { readonly seconds: number } | { readonly answers: number };
}

/** What the load process saw. */
export interface LoadOutcome {
  readonly answers: number;
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
  /** Answers that were not what they had to be, failed or never came. */
  readonly wrong: number;
  /** The part of its core the load process used: from 0.95 on it was the load that was measured, not the server. */
  readonly busy: number;
}
