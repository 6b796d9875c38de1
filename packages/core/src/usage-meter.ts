import { type Clock, systemClock, systemUtc } from './clock.js';
import type { Principal } from './principal.js';
import { type RandomId, randomId as systemRandomId } from './random-id.js';
import { UsageBuffer } from './usage-buffer.js';
import { utcDay } from './usage-query.js';
import type { UsageBatch, UsageOwner, UsageStore, UsageTotals } from './usage-store.js';
import { addUsage, type GrowingTotals, noUsage } from './usage-sums.js';

/** Why usage was not recorded. */
export interface UsageFailure {
  readonly cause: unknown;
  /** Calls that are not recorded. */
  readonly calls: number;
  /** They never will be: the meter was closed. Otherwise they wait, and are recorded when the store is back. */
  readonly isLost: boolean;
}

/** How usage is collected. */
export interface UsageMeterOptions {
  /** How long usage waits to be recorded, in milliseconds. Default 1,000. */
  readonly everyMs?: number;
  /** Rows that wait at most; beyond it, usage is counted under `*`. Default 10,000. */
  readonly maxRows?: number;
  /** Told of the first failure of several in a row, and of what was lost. Default: a line on standard error. Must not throw. */
  readonly onFailure?: (failure: UsageFailure) => void;
  readonly clock?: Clock;
  /** Milliseconds since 1970 in UTC. Default: the wall clock. */
  readonly utcNow?: () => number;
  readonly randomId?: RandomId;
}

/** Counts for a principal, or for nobody. `calls` may be 0: for what a call took after it was counted. */
export type CountUsage = (principal: Principal | undefined, usage: UsageTotals) => void;

/** What was counted for one owner since it was last collected. */
interface Counter {
  readonly owner: UsageOwner;
  totals: GrowingTotals;
  isCounted: boolean;
}

/** Rows in one batch: statements and scripts stay short. */
const maxBatch = 1_000;
const maxNameLength = 200;

/**
 * Collects what calls took, off their path, and records it a second later, many calls together. A store that fails is asked again
 * until it answers, and no batch counts twice. What has not been recorded when a process is killed is lost: the last second, and
 * what waited for a store that was away. A call in the second after midnight may be counted on the day before.
 *
 * @example
 * ```ts
 * import { hardened, memoryUsage, UsageMeter } from '@sallyport/core';
 * import { observe } from '@sallyport/observe';
 *
 * const usage = new UsageMeter(memoryUsage());
 * const stack = hardened({ observe: observe({ usage }) });
 * ```
 */
export class UsageMeter {
  readonly #store: Pick<UsageStore, 'record'>;
  readonly #options: Required<UsageMeterOptions>;
  readonly #waiting: UsageBuffer;
  #counted: Counter[] = [];
  /** The day of what was counted. */
  #day = '';
  /** Sent, and not answered yet. */
  #batch: UsageBatch | undefined;
  #sending: Promise<void> | undefined;
  #source: string | undefined;
  #number = 0;
  #timer: unknown;
  #failure: { readonly cause: unknown } | undefined;

  constructor(
    store: Pick<UsageStore, 'record'>,
    {
      everyMs = 1_000,
      maxRows = 10_000,
      onFailure = failureToConsole,
      clock = systemClock,
      utcNow = systemUtc,
      randomId = systemRandomId,
    }: UsageMeterOptions = {},
  ) {
    if (!(everyMs > 0 && maxRows > 0)) throw new RangeError('everyMs and maxRows must be positive numbers');
    this.#store = store;
    this.#options = { everyMs, maxRows, onFailure, clock, utcNow, randomId };
    this.#waiting = new UsageBuffer(maxRows);
  }

  /** What counts the calls of one tool. `tenant` is that of callers whose token names none. */
  tool(name: string, tenant = ''): CountUsage {
    const counters = new WeakMap<Principal, Counter>();
    const nobody = counter({ tenant, issuer: '', agent: '', tool: name });
    return (principal, usage) => {
      let own = principal === undefined ? nobody : counters.get(principal);
      if (own === undefined) {
        const { issuer = '', subject = '', tenant: named = tenant } = principal ?? {};
        own = counter({ tenant: named, issuer, agent: subject, tool: name });
        if (principal !== undefined) counters.set(principal, own);
      }
      this.#count(own, usage);
    };
  }

  /** Records what was counted until now; resolves when it is, or when the store has failed. */
  async flush(): Promise<void> {
    this.#collect();
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    await this.#sending;
  }

  /** Records what was counted until now and stops, for a process that ends. What cannot be recorded is lost, and said to be. */
  async close(): Promise<void> {
    await this.#sending;
    await this.flush();
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#failure !== undefined) this.#tell(this.#failure.cause, true);
  }

  #count(own: Counter, usage: UsageTotals): void {
    const { totals } = own;
    const costBefore = totals.cost;
    addUsage(totals, usage);
    // A cost that an author computes may be anything.
    if (!Number.isFinite(totals.cost)) totals.cost = costBefore;
    if (own.isCounted) return;
    own.isCounted = true;
    if (this.#counted.length === 0) this.#day = utcDay(this.#options.utcNow());
    this.#counted.push(own);
    this.#later();
    if (this.#counted.length >= this.#options.maxRows) this.#collect();
  }

  #later(): void {
    this.#timer ??= this.#options.clock.setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, this.#options.everyMs);
  }

  #collect(): void {
    for (const own of this.#counted) {
      this.#waiting.add(this.#day, own.owner, own.totals);
      own.totals = noUsage();
      own.isCounted = false;
    }
    this.#counted = [];
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      this.#batch ??= this.#nextBatch();
      if (this.#batch === undefined) return;
      try {
        await this.#store.record(this.#batch);
      } catch (cause) {
        const isFirst = this.#failure === undefined;
        this.#failure = { cause };
        if (isFirst) this.#tell(cause, false);
        this.#later();
        return;
      }
      this.#batch = undefined;
      this.#failure = undefined;
    }
  }

  #nextBatch(): UsageBatch | undefined {
    const taken = this.#waiting.take(maxBatch);
    if (taken === undefined) return undefined;
    this.#source ??= this.#options.randomId();
    return { source: this.#source, number: ++this.#number, ...taken };
  }

  #tell(cause: unknown, isLost: boolean): void {
    let calls = this.#waiting.calls;
    for (const entry of this.#batch?.entries ?? []) calls += entry.calls;
    this.#options.onFailure({ cause, calls, isLost });
  }
}

function counter({ tenant, issuer, agent, tool }: UsageOwner): Counter {
  const owner = { tenant: named(tenant), issuer: named(issuer), agent: named(agent), tool: named(tool) };
  return { owner, totals: noUsage(), isCounted: false };
}

/** Names come from tokens: what a store cannot keep (a NUL, half a surrogate pair, no end) must not hold up all others. */
function named(name: string): string {
  return name.slice(0, maxNameLength).replaceAll(/\0|\p{Cs}/gu, '\u{FFFD}');
}

function failureToConsole({ cause, calls, isLost }: UsageFailure): void {
  console.error(JSON.stringify({ level: 'error', event: 'usage-not-recorded', calls, isLost, cause: String(cause) }));
}
