/** An outcome that could not be written: its intent stays in the trail without one. No arguments are in it. */
export interface LostOutcome {
  readonly tenant: string;
  readonly agent: string;
  readonly tool: string;
  readonly request: string;
  /** The key that the effect goes by downstream. */
  readonly effect: string | undefined;
  /** How the call ended. */
  readonly code: string;
  /** Why it could not be written. */
  readonly cause: unknown;
}

/** Writes one JSON line to standard error. */
export function lostOutcomeToConsole({ cause, ...lost }: LostOutcome): void {
  console.error(JSON.stringify({ level: 'error', event: 'audit-outcome-lost', ...lost, cause: String(cause) }));
}
