/** What calls took, in sum. */
export interface UsageTotals {
  readonly calls: number;
  /** Time in milliseconds that handlers ran, also after their call was answered. */
  readonly handlerMs: number;
  /** Estimated, of arguments. */
  readonly inputTokens: number;
  /** Estimated, of answers. */
  readonly outputTokens: number;
  /** The units that limits and budgets charge. */
  readonly cost: number;
}

/** Whose calls, of which tool. No name is longer than 200 characters. */
export interface UsageOwner {
  readonly tenant: string;
  readonly issuer: string;
  /** The subject, as that issuer names it. */
  readonly agent: string;
  readonly tool: string;
}

/** What one owner's calls took. */
export interface UsageEntry extends UsageOwner, UsageTotals {}

/** What is added to a day at once. */
export interface UsageBatch {
  /** Who sends it: different for each process. */
  readonly source: string;
  /** Grows from one batch of the source to the next. */
  readonly number: number;
  /** The day in UTC, as `2026-11-26`. */
  readonly day: string;
  /** No two are of one owner. */
  readonly entries: readonly UsageEntry[];
}

/** What is asked of the days from `from` to `to`, both included, as `2026-11-26`. */
export interface UsageQuery {
  readonly from: string;
  readonly to: string;
  /** What is summed up to one row: an agent is one of its tenant and issuer, a tool one of all tenants. */
  readonly by: 'agent' | 'tenant' | 'tool';
  /** How many rows at most. Default 20. */
  readonly top?: number;
  /** Only of this tenant. Default: of all. */
  readonly tenant?: string;
}

/** The sum of one agent, tenant or tool, with the names that tell which. */
export interface UsageRow extends Partial<UsageOwner>, UsageTotals {}

/**
 * Sums of what calls took, by tenant, agent, tool and day. What finds no room among very many agents of one day is counted under
 * the name `*`, so that sums stay true. Days are forgotten when their retention is over.
 */
export interface UsageStore {
  /**
   * Adds the whole batch, or nothing of it. A batch whose number is not above the last one of its source is taken for sent
   * again and adds nothing: so a source sends its batches one after the other, and each until it is answered.
   */
  record(batch: UsageBatch): Promise<void>;
  /** The dearest first: by cost, then by calls. Throws a `RangeError` for a query that names no days. */
  read(query: UsageQuery): Promise<UsageRow[]>;
}
