/** What became of a call without an answer that could be read. */
export type Breakage =
  /** The connection was refused. */
  | 'refused'
  /** The connection was closed before the whole answer was there. */
  | 'closed'
  /** Nothing came in the time that the storm waits. */
  | 'no-answer'
  /** What came is no answer to this request: no JSON-RPC, another id, neither result nor error. */
  | 'garbage'
  /** The answer is larger than the storm reads. */
  | 'too-large'
  /** Any other failure of the network, such as a name that does not resolve. */
  | 'network';

/**
 * How one call ended. `denied`: refused before its handler ran, as far as the code says. `failed`: let in, and then not done. The code
 * is the server's own; where it has none, `HTTP_<status>`, `RPC_<code>` or `TOOL_ERROR`. `cancelled`: given up by the agent.
 * `unfinished`: cut off by the end of the storm.
 */
export type CallOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'denied' | 'failed'; readonly code: string; readonly retryAfterMs?: number | undefined }
  | { readonly kind: 'broken'; readonly code: Breakage }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'unfinished' };
