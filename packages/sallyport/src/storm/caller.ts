/** Who an agent is to the server. */
export interface Caller {
  /** A bearer token; without one the agent calls anonymously. */
  readonly token?: string;
  /** What the report calls the tenant. Default: what {@link callerOf} reads from the token. */
  readonly tenant: string;
  /** What the report calls the caller. Two agents with one token are one caller to the server. */
  readonly subject: string;
}
