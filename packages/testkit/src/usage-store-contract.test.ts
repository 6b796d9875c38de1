import { checkedUsageQuery, type UsageEntry, type UsageStore, UsageSums, utcDay } from '@sallyport/core';
import { proveContract } from '../test-rig/prove-contract.js';
import { usageStoreContract } from './usage-store-contract.js';

type Flaw =
  | 'none'
  | 'a batch sent again counts again'
  | 'one number for all sources'
  | 'reads, adds and writes'
  | 'the last day is left out'
  | 'agents go by name'
  | 'overflow is dropped'
  | 'grows without end'
  | 'keeps every day'
  | 'fractions are cut off'
  | 'the cheapest first'
  | 'takes any query';

const today = '2026-11-26';
const bounds = { maxRows: 100, retentionDays: 50 };

/** Simple and slow. With `none` it keeps the contract, with any other flaw it must be found out. */
function seeded(flaw: Flaw): UsageStore {
  let rows: { day: string; entry: UsageEntry }[] = [];
  const last = new Map<string, number>();
  const oldest = utcDay(Date.parse(today) - (bounds.retentionDays - 1) * 86_400_000);
  const ownerOf = ({ tenant, issuer, agent, tool }: UsageEntry) =>
    JSON.stringify(flaw === 'agents go by name' ? [tenant, agent, tool] : [tenant, issuer, agent, tool]);
  const cut = (value: number) => (flaw === 'fractions are cut off' ? Math.floor(value) : value);
  return {
    async record({ source, number, day, entries }) {
      const key = flaw === 'one number for all sources' ? '' : source;
      if (flaw !== 'a batch sent again counts again' && number <= (last.get(key) ?? 0)) return;
      last.set(key, number);
      if (day < oldest && flaw !== 'keeps every day') return;
      const next = rows.slice();
      if (flaw === 'reads, adds and writes') await new Promise((resolve) => setImmediate(resolve));
      for (const entry of entries) {
        const ofDay = next.filter((row) => row.day === day);
        const isKnown = ofDay.some((row) => ownerOf(row.entry) === ownerOf(entry));
        const isFull = ofDay.length >= bounds.maxRows && flaw !== 'grows without end';
        if (!isKnown && isFull && flaw === 'overflow is dropped') continue;
        const own = !isKnown && isFull ? { ...entry, issuer: '*', agent: '*' } : entry;
        const at = next.findIndex((row) => row.day === day && ownerOf(row.entry) === ownerOf(own));
        const sum = next[at]?.entry;
        if (sum === undefined)
          next.push({ day, entry: { ...own, cost: cut(own.cost), handlerMs: cut(own.handlerMs) } });
        else {
          const { calls, handlerMs, inputTokens, outputTokens, cost } = own;
          next[at] = {
            day,
            entry: {
              ...sum,
              calls: sum.calls + calls,
              handlerMs: sum.handlerMs + cut(handlerMs),
              inputTokens: sum.inputTokens + inputTokens,
              outputTokens: sum.outputTokens + outputTokens,
              cost: sum.cost + cut(cost),
            },
          };
        }
      }
      rows = next;
    },
    async read(query) {
      const { from, to, by, top, tenant } =
        flaw === 'takes any query' ? { top: 20, tenant: undefined, ...query } : checkedUsageQuery(query);
      const sums = new UsageSums(by);
      for (const { day, entry } of rows) {
        const isIn = day >= from && (flaw === 'the last day is left out' ? day < to || from === to : day <= to);
        if (isIn && (tenant === undefined || tenant === entry.tenant)) sums.add(entry);
      }
      const dearest = sums.top(top);
      return flaw === 'the cheapest first' ? dearest.reverse() : dearest;
    },
  };
}

const contractOf = (flaw: Flaw) => usageStoreContract(() => ({ store: seeded(flaw), today, ...bounds }));

proveContract<Flaw>(contractOf, [
  ['a batch sent again counts again', /sent again adds nothing/],
  ['a batch sent again counts again', /whatever is sent and sent again/],
  ['one number for all sources', /adds up what comes later/],
  ['reads, adds and writes', /a thousand records at once/],
  ['the last day is left out', /from the first to the last/],
  ['agents go by name', /at other issuers/],
  ['overflow is dropped', /sums true/],
  ['grows without end', /rows stay bounded/],
  ['keeps every day', /retention is over/],
  ['fractions are cut off', /fractions too/],
  ['the cheapest first', /dearest come first/],
  ['takes any query', /is refused/],
]);
