import type { AdmissionStore, WindowLimit } from '@sallyport/core';
import { proveContract } from '../test-rig/prove-contract.js';
import { budgetContract } from './budget-contract.js';

type Flaw =
  | 'none'
  | 'a day from the first call on'
  | 'days of another time zone'
  | 'months of 30 days'
  | 'charges on denial'
  | 'charges one budget after the other'
  | 'no admission id'
  | 'guesses the wait'
  | 'says only that a limit is reached'
  | 'forgets when it is set back'
  | 'ignores the cost';

const dayMs = 86_400_000;

/** Simple and slow: every charge is kept by its date. With `none` it keeps the contract. */
function seeded(flaw: Flaw): { store: AdmissionStore; setUtc(utcMs: number): void } {
  let now = 0;
  /** The latest date it ever was, unless a clock was set back by more than a period. */
  const latest = new Map<string, number>();
  const charges = new Map<string, { starts: number; units: number }>();
  const admitted = new Set<string>();

  const bounds = ({ calendar, windowMs, key }: WindowLimit): [number, number] => {
    const at = new Date(now);
    const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
    if (calendar === undefined)
      return [Math.floor(now / windowMs) * windowMs, (Math.floor(now / windowMs) + 1) * windowMs];
    if (calendar === 'month' && flaw === 'months of 30 days')
      return [now - (now % (30 * dayMs)), now - (now % (30 * dayMs)) + 30 * dayMs];
    if (calendar === 'month') return [Date.UTC(year, month), Date.UTC(year, month + 1)];
    const zone = flaw === 'days of another time zone' ? 3_600_000 : 0;
    if (flaw === 'a day from the first call on') {
      const first = latest.get(key) ?? now;
      const starts = now >= first + dayMs ? now : first;
      latest.set(key, starts);
      return [starts, starts + dayMs];
    }
    const starts = Math.floor((now - zone) / dayMs) * dayMs + zone;
    return [starts, starts + dayMs];
  };
  const state = (window: WindowLimit) => {
    const [starts, ends] = bounds(window);
    const kept = charges.get(window.key);
    if (
      kept === undefined ||
      kept.starts < starts ||
      (flaw === 'forgets when it is set back' && kept.starts !== starts)
    )
      return { starts, ends, units: 0 };
    if (kept.starts === ends) return { starts: ends, ends: ends + (ends - starts), units: kept.units };
    charges.set(window.key, { starts, units: kept.units });
    return { starts, ends, units: kept.units };
  };
  const charge = (window: WindowLimit) => {
    const { starts, units } = state(window);
    charges.set(window.key, { starts, units: units + (flaw === 'ignores the cost' ? 1 : window.cost) });
  };
  const remaining = (windows: readonly WindowLimit[]) =>
    windows.map((window) => Math.max(0, Math.floor(window.limit - state(window).units)));

  const store: AdmissionStore = {
    async admit({ id, windows }) {
      if (flaw !== 'no admission id' && admitted.has(id))
        return { admitted: true, atMs: now, remaining: remaining(windows) };
      let refused: { limit: string; retryAfterMs: number; isBudget?: true } | undefined;
      for (const window of windows) {
        const { ends, units } = state(window);
        const fits = units + (flaw === 'ignores the cost' ? 1 : window.cost) <= window.limit;
        if (fits && flaw === 'charges one budget after the other') charge(window);
        if (fits) continue;
        const retryAfterMs = flaw === 'guesses the wait' ? window.windowMs : ends - now;
        if (refused !== undefined && refused.retryAfterMs >= retryAfterMs) continue;
        const isBudget = window.calendar !== undefined && flaw !== 'says only that a limit is reached';
        refused = { limit: window.reached, retryAfterMs, ...(isBudget ? { isBudget } : {}) };
      }
      const isCharged =
        flaw === 'charges on denial' || (refused === undefined && flaw !== 'charges one budget after the other');
      if (isCharged) windows.forEach(charge);
      if (refused !== undefined) return { admitted: false, ...refused, atMs: now, remaining: remaining(windows) };
      admitted.add(id);
      return { admitted: true, atMs: now, remaining: remaining(windows) };
    },
    async renew() {},
    async release() {},
  };
  return {
    store,
    setUtc(utcMs) {
      now = utcMs;
    },
  };
}

proveContract<Flaw>(
  (flaw) => budgetContract(() => seeded(flaw)),
  [
    ['a day from the first call on', /renews at midnight/],
    ['days of another time zone', /renews at midnight/],
    ['months of 30 days', /with each month/],
    ['charges on denial', /changes no other counter/],
    ['charges one budget after the other', /changes no other counter/],
    ['no admission id', /sent again is charged once/],
    ['guesses the wait', /for how long/],
    ['says only that a limit is reached', /says that it is a budget/],
    ['forgets when it is set back', /gives nothing twice/],
    ['forgets when it is set back', /forgives nothing/],
    ['ignores the cost', /as sums by the date/],
  ],
);
