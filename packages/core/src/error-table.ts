/** Everything that is known about an error code before it happens. */
export interface ErrorFacts {
  /** What happened, for the reference page. */
  readonly means: string;
  /** Whether the same call can succeed later. `with-change`: only after the caller changes what `retry` says. */
  readonly retryable: 'yes' | 'no' | 'with-change';
  /** When and how to try again, in words. */
  readonly retry: string;
  /** Where this code answers as HTTP instead of as a tool result: the status it has there. */
  readonly http: number;
  /** The JSON-RPC code where a failure cannot be a tool result (resources, prompts). Outside the reserved range −32768…−32000. */
  readonly rpc: number;
  /** Who looks at it first. */
  readonly owner: string;
  /** What that person does. */
  readonly action: string;
}

/**
 * Every code Sallyport answers with. The reference page, the runbook, the alert rules and the types come from this table.
 *
 * @example
 * ```ts
 * import { errorTable } from '@sallyport/core';
 *
 * errorTable.RATE_LIMITED.owner; // 'platform'
 * ```
 */
export const errorTable = {
  UNAUTHENTICATED: {
    means: 'No credentials, or credentials that are not valid.',
    retryable: 'no',
    retry: 'no',
    http: 401,
    rpc: 401,
    owner: 'identity',
    action: 'Check issuer, audience and clock.',
  },
  INSUFFICIENT_SCOPE: {
    means: 'The token lacks a scope that this tool needs.',
    retryable: 'with-change',
    retry: 'after step-up',
    http: 403,
    rpc: 403,
    owner: 'client team',
    action: 'Did a client roll out with the wrong token?',
  },
  TENANT_FORBIDDEN: {
    means: "The token names no tenant, or an argument names another tenant's resource.",
    retryable: 'no',
    retry: 'no',
    http: 403,
    rpc: 40301,
    owner: 'security',
    action: 'Treat it as an incident when it repeats.',
  },
  INVALID_INPUT: {
    means: 'The arguments do not match the schema; the message says which path and what was expected.',
    retryable: 'with-change',
    retry: 'with other arguments',
    http: 400,
    rpc: 400,
    owner: 'client team',
    action: 'The prompt or the schema is unclear.',
  },
  RATE_LIMITED: {
    means: 'A window or the concurrency lease is full; the message names the limit.',
    retryable: 'yes',
    retry: 'after `retryAfterMs`',
    http: 429,
    rpc: 429,
    owner: 'platform',
    action: 'A healthy control, unless many agents hit it at once.',
  },
  BUDGET_EXHAUSTED: {
    means: "The plan's budget for the day or the month is spent; the message names it.",
    retryable: 'with-change',
    retry: 'after `retryAfterMs`, when the period is over, or with a larger plan',
    http: 429,
    rpc: 42901,
    owner: 'account owner',
    action: 'Upgrade the plan or wait.',
  },
  OVERLOADED: {
    means: 'Shed by priority before it ran.',
    retryable: 'yes',
    retry: 'after `retryAfterMs`',
    http: 503,
    rpc: 503,
    owner: 'platform',
    action: 'Scale out, or find the hot tool.',
  },
  DEPENDENCY_UNAVAILABLE: {
    means: 'A breaker is open, a pool is exhausted, or a store is down under a fail-closed rule.',
    retryable: 'yes',
    retry: 'after `retryAfterMs`',
    http: 503,
    rpc: 50301,
    owner: 'owner of the dependency',
    action: 'Look at the dependency, not at this server.',
  },
  TOOL_TIMEOUT: {
    means: 'The deadline passed. For a write the message says whether the effect is known not to have happened.',
    retryable: 'yes',
    retry: 'reads: yes; writes: with the same idempotency key',
    http: 504,
    rpc: 504,
    owner: 'tool owner',
    action: 'A slow downstream, or agents piling up retries.',
  },
  CANCELLED: {
    means: 'The client went away or cancelled.',
    retryable: 'yes',
    retry: 'yes',
    http: 499,
    rpc: 499,
    owner: 'client team',
    action: 'None.',
  },
  POLICY_DENIED: {
    means: 'A rule refused these exact arguments.',
    retryable: 'no',
    retry: 'no',
    http: 403,
    rpc: 40302,
    owner: 'business owner of the tool',
    action: 'Review the rule.',
  },
  POLICY_REVIEW_REQUIRED: {
    means: 'A human must approve; the answer carries the approval id and how to continue.',
    retryable: 'with-change',
    retry: 'after approval',
    http: 403,
    rpc: 40303,
    owner: 'business owner of the tool',
    action: 'Decide in the queue.',
  },
  APPROVAL_REJECTED: {
    means: 'The reviewer said no; the answer carries the reason.',
    retryable: 'no',
    retry: 'no',
    http: 403,
    rpc: 40304,
    owner: 'business owner of the tool',
    action: 'None.',
  },
  IDEMPOTENCY_CONFLICT: {
    means: 'This idempotency key was used with other arguments.',
    retryable: 'with-change',
    retry: 'with a new key',
    http: 422,
    rpc: 422,
    owner: 'client team',
    action: 'A bug in the client.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    means: 'The first call with this idempotency key still runs.',
    retryable: 'yes',
    retry: 'after `retryAfterMs`',
    http: 409,
    rpc: 409,
    owner: 'tool owner',
    action: 'None.',
  },
  OUTCOME_UNKNOWN: {
    means: 'A write was interrupted at a point where nobody can know whether it happened.',
    retryable: 'no',
    retry: 'no, reconcile',
    http: 500,
    rpc: 50001,
    owner: 'tool owner',
    action: 'Reconcile by hand or through `reconcile`.',
  },
  OUTPUT_TOO_LARGE: {
    means: "The result is over the tool's limit; the message says how to ask for less.",
    retryable: 'with-change',
    retry: 'with narrower arguments',
    http: 500,
    rpc: 50002,
    owner: 'tool owner',
    action: 'Paginate the tool.',
  },
  SHUTTING_DOWN: {
    means: 'This instance is draining.',
    retryable: 'yes',
    retry: 'yes, at once, elsewhere',
    http: 503,
    rpc: 50302,
    owner: 'platform',
    action: 'None.',
  },
  INTERNAL: {
    means: 'Anything else. Its text is never shown.',
    retryable: 'no',
    retry: 'no',
    http: 500,
    rpc: 500,
    owner: 'tool owner',
    action: 'Find `errorId` in the log.',
  },
} as const satisfies Record<string, ErrorFacts>;

/** A code of {@link errorTable}; a closed union, so that a `switch` over it is checked for completeness. */
export type ErrorCode = keyof typeof errorTable;
