/**
 * Who calls, as the edge verified it. It never carries the raw token: handlers and logs cannot leak what they do not have.
 */
export interface Principal {
  /** Who vouches for the rest: the token's `iss`, or `static` for a principal from configuration. */
  readonly issuer: string;
  /** The agent: the token's `sub`. Limits and logs are kept under this name. */
  readonly subject: string;
  /** The OAuth client the agent uses, when the token names one. */
  readonly clientId?: string;
  /** As granted; the hierarchy is applied where scopes are compared. */
  readonly scopes: readonly string[];
  readonly tenant?: string;
  readonly plan?: string;
  /** The token's `jti`. */
  readonly tokenId?: string;
  /** Unix seconds: the token's `exp`. Absent only for principals from configuration. */
  readonly expiresAt?: number;
}

/** What `authorize` puts on the call. */
export interface WithPrincipal {
  readonly principal: Principal;
}
