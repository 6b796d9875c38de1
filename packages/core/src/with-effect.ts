/** What `idempotent` puts on the call of a write. Missing for reads. */
export interface WithEffect {
  readonly effect?: {
    /**
     * Give this to the downstream as its idempotency key: the same for every attempt at one intended effect, and different
     * for different tenants, principals, tools and keys.
     */
    readonly downstreamKey: string;
    /** Grows with every attempt; a downstream that compares it can refuse an attempt that came back from the dead. */
    readonly fencingToken: number;
  };
}
