import type { UsageBatch, UsageOwner } from './usage-store.js';
import { addUsage, type GrowingTotals } from './usage-sums.js';

const overflow: UsageOwner = { tenant: '*', issuer: '*', agent: '*', tool: '*' };

/** Usage that waits to be recorded, by day and owner. Bounded: what finds no row is counted under `*`. */
export class UsageBuffer {
  readonly #days = new Map<string, Map<string, UsageOwner & GrowingTotals>>();
  readonly #maxRows: number;
  #rows = 0;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
  }

  /** Calls that wait. */
  get calls(): number {
    let calls = 0;
    for (const day of this.#days.values()) for (const entry of day.values()) calls += entry.calls;
    return calls;
  }

  add(day: string, owner: UsageOwner, totals: GrowingTotals): void {
    const { tenant, issuer, agent, tool } = owner;
    const key = JSON.stringify([tenant, issuer, agent, tool]);
    let rows = this.#days.get(day);
    if (rows === undefined) {
      rows = new Map();
      this.#days.set(day, rows);
    }
    const known = rows.get(key);
    if (known !== undefined) addUsage(known, totals);
    else if (this.#rows >= this.#maxRows && owner !== overflow) this.add(day, overflow, totals);
    else {
      rows.set(key, { tenant, issuer, agent, tool, ...totals });
      this.#rows++;
    }
  }

  /** Takes out so many rows of the first day at the most; `undefined` when none wait. */
  take(most: number): Pick<UsageBatch, 'day' | 'entries'> | undefined {
    for (const [day, rows] of this.#days) {
      const entries = [];
      for (const [key, entry] of rows) {
        if (entries.length === most) break;
        entries.push(entry);
        rows.delete(key);
      }
      this.#rows -= entries.length;
      if (rows.size === 0) this.#days.delete(day);
      if (entries.length > 0) return { day, entries };
    }
    return undefined;
  }
}
