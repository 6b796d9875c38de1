/** What the audit trail says of one call. Written by `entryText`. */
export interface AuditEntry {
  /**
   * `effect`: it happened, in the transaction that holds this entry. `intent`: an effect elsewhere is about to be tried; its
   * `outcome` follows, unless the process died or the database could not be reached. `denied`: calls that were refused.
   */
  readonly kind: 'effect' | 'intent' | 'outcome' | 'denied';
  /** The agent, and who vouches for it. */
  readonly agent?: string;
  readonly issuer?: string;
  readonly tool: string;
  readonly version: string;
  readonly request?: string;
  /** The key that the effect goes by downstream: the same for every attempt. */
  readonly effect?: string;
  /** As the tool's schema made them; of a tool with secrets as they were sent, the secrets as HMAC. */
  readonly arguments?: unknown;
  /** Instead of arguments that are too long: SHA-256 of their canonical JSON. */
  readonly argumentsHash?: string;
  /** SHA-256 of the answer's JSON; of a tool with secrets an HMAC. */
  readonly resultHash?: string;
  /** Of an outcome that failed or that asked the client for more (`INPUT_REQUIRED`), and of a denial. */
  readonly code?: string;
  /** Of denials: how many alike there were. */
  readonly count?: number;
}
