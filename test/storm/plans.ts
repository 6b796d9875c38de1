/**
 * Plans of the storm server: `usual` has the default limits of an agent; `load` and `critical` have none worth naming, the second
 * with the highest priority; `tenant` is bounded per tenant, six calls at once.
 */
export type StormPlan = 'usual' | 'load' | 'critical' | 'tenant';

/** What the storm server can have wrong with it. Holds for tokens that it has not seen before. */
export type StormBug =
  | 'limits of its own'
  | 'no tenant limit'
  | 'no priorities'
  | 'no breaker'
  | 'a listener left behind';
