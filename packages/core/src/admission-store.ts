import type { Measure } from './measure.js';

/** Whose limit it is: the agent's over all tools, its tenant's over all tools, the agent's on one tool, or its tenant's on one tool. */
export type LimitScope = 'agent' | 'tenant' | 'tool' | 'tenant-tool';

/** A period of the calendar in UTC. */
export type CalendarPeriod = 'day' | 'month';

/** At most `limit` units in any rolling `windowMs`, or, with `calendar`, in each day or month of UTC. */
export interface WindowLimit {
  /** What is counted together: every part that tells one counter from another, and the window's length. */
  readonly key: string;
  /** For the caller: `60 calls per minute reached for this agent`. */
  readonly reached: string;
  readonly limit: number;
  /** With `calendar`, its longest length. */
  readonly windowMs: number;
  /** Set for a budget: it starts anew with each such period of the store's own calendar, and does not roll. */
  readonly calendar?: CalendarPeriod;
  /** Units this call takes. */
  readonly cost: number;
  readonly scope?: LimitScope;
}

/** At most `limit` leases live at once. */
export interface LeaseLimit {
  readonly key: string;
  readonly reached: string;
  readonly limit: number;
  readonly scope?: LimitScope;
}

/** Without the shared store, a call is limited in its process (`local`) or does not run (`refuse`). */
export type WhenUnreachable = 'local' | 'refuse';

/** Every limit that applies to one call. No two windows, and no two leases, of one request share a key. */
export interface AdmissionRequest {
  /** Unique per call. An admission that is sent twice under one id is charged once. */
  readonly id: string;
  /** What a shared store keeps in one slot. */
  readonly tenant: string;
  readonly windows: readonly WindowLimit[];
  readonly leases: readonly LeaseLimit[];
  /** How long a lease lives without `renew`, in milliseconds. */
  readonly leaseMs: number;
  /** What the tool declares for the time a shared store cannot be reached. Default `refuse`. */
  readonly whenUnreachable?: WhenUnreachable;
}

/** The store's decision. */
export type Admission = (
  | { readonly admitted: true }
  | {
      readonly admitted: false;
      /** The `reached` text of the limit that refused, of the windows that were enforced or the leases. */
      readonly limit: string;
      /** Set when that limit is a budget: a window with `calendar`. */
      readonly isBudget?: true;
      /** When the same request can be admitted at the earliest, if nothing else is admitted meanwhile. */
      readonly retryAfterMs: number;
    }
) & {
  /** When it was decided, in milliseconds of the store's clock. */
  readonly atMs: number;
  /** Whole units left in each window of the request, in its order, after this decision. */
  readonly remaining: readonly number[];
  /** The windows that were enforced, in the order of the request's, where they were not those: a share of them. */
  readonly windows?: readonly WindowLimit[];
};

/**
 * Decides rate limits and concurrency. The promise: never more than `limit` units in any rolling window; refuses at most one
 * twelfth of a window early; never more than `limit` units in a period of the calendar; all limits of a request together, all
 * or nothing. Time is the store's own.
 *
 * `admit` fails when the store cannot answer; it never admits by accident.
 */
export interface AdmissionStore {
  /** Charges every window and takes every lease of the request, or none of them. A store in this process answers at once. */
  admit(request: AdmissionRequest): Admission | Promise<Admission>;
  /** Extends the leases of an admitted request by `leaseMs`. Those that have expired stay gone. */
  renew(request: AdmissionRequest): Promise<void>;
  /** Gives the leases back. Windows stay charged. Releasing twice changes nothing. A store in this process has done it at once. */
  release(request: AdmissionRequest): Promise<void> | undefined;
  /** What it can say of itself at any time, for metrics. */
  measures?(): readonly Measure[];
}
