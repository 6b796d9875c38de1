import type { TestDatabase } from '../support/postgres-database.js';
import type { Answered, StormCall } from './start-worker.js';

/** What a storm has seen. */
export interface StormRecord {
  readonly keys: readonly string[];
  readonly answers: readonly Answered[];
  /** Calls that a killed process had begun and not answered. */
  readonly cutOff: readonly StormCall[];
  /** What each effect elsewhere was called when it happened, as often as it did. */
  readonly ledger: ReadonlyMap<string, readonly string[]>;
}

/** What came of it. */
export interface StormReport {
  readonly keys: number;
  /** Calls that were under way when their process was killed. */
  readonly cutOff: number;
  /** Of those, effects in the database that had been saved, and whose answer was lost: what a repeat must not do again. */
  readonly lostAnswers: number;
  /** And those that had not been saved, and were by a repeat. */
  readonly undone: number;
  /** Keys whose effect in the database happened not once. */
  readonly notOnce: readonly string[];
  /** Keys of which an answer names another effect than the one that happened, in the database or elsewhere, or one that did not. */
  readonly differing: readonly string[];
  /** Effects in the database that the audit trail has not exactly one entry for, and entries without an effect. */
  readonly unaudited: number;
  /** Keys whose effect elsewhere, which has no keys, happened more than once. */
  readonly doubled: readonly string[];
  /** Keys whose effect elsewhere happened, and which the audit trail has no intent for. */
  readonly unintended: readonly string[];
  /** Effects elsewhere that did not answer: reported as unknown. */
  readonly unknown: number;
  /** Keys that are neither settled nor reported unknown. */
  readonly unreported: readonly string[];
}

/** Whether every effect happened as it was promised. */
export function stormHeld({ notOnce, differing, doubled, unintended, unreported, unaudited }: StormReport): boolean {
  return unaudited === 0 && [notOnce, differing, doubled, unintended, unreported].every(({ length }) => length === 0);
}

/** Compares what was answered with what is in the database, the audit trail and the ledger. */
export async function reportOn(database: TestDatabase, record: StormRecord): Promise<StormReport> {
  const { keys, answers, ledger } = record;
  const effects = await database.query<{ memo: string; ids: number[] }>(
    "select memo, array_agg(id::int) as ids from invoices where tenant_id = 'acme' and memo like 'storm %' group by memo",
  );
  const idsOf = new Map(effects.map(({ memo, ids }) => [memo, ids]));
  const entries = await database.query<{ kind: string; memo: string; n: number }>(
    `select entry::json ->> 'kind' as kind, entry::json -> 'arguments' ->> 'memo' as memo, count(*)::int as n
     from sallyport.audit_entries group by 1, 2`,
  );
  const entriesOf = (kind: string) =>
    new Map(entries.filter((entry) => entry.kind === kind).map(({ memo, n }) => [memo, n]));
  const [audited, intents] = [entriesOf('effect'), entriesOf('intent')];
  const codeOf = ({ answer }: Answered) => answer._meta?.['dev.sallyport/error']?.code;
  const paid = answers.filter(({ tool, answer }) => tool === 'pay' && answer.isError !== true);
  const answeredAtOnce = new Set(
    paid.filter(({ answer }) => answer._meta?.['dev.sallyport/replayed'] === undefined).map(({ key }) => key),
  );
  const sends = answers.filter(({ tool }) => tool === 'send');
  const sent = sends.filter(({ answer }) => answer.isError !== true);
  const known = new Set(sent.map(({ key }) => key));
  const unknown = new Set(sends.filter((each) => codeOf(each) === 'OUTCOME_UNKNOWN').map(({ key }) => key));
  const cutOff = [...new Set(record.cutOff.filter(({ tool }) => tool === 'pay').map(({ key }) => key))];
  return {
    keys: keys.length,
    cutOff: record.cutOff.length,
    lostAnswers: cutOff.filter((key) => idsOf.has(key) && !answeredAtOnce.has(key)).length,
    undone: cutOff.filter((key) => answeredAtOnce.has(key)).length,
    notOnce: keys.filter((key) => idsOf.get(key)?.length !== 1),
    differing: [
      ...paid.filter(({ key, answer }) => answer.structuredContent?.id !== idsOf.get(key)?.[0]),
      ...sent.filter(({ key, answer }) => answer.structuredContent?.id !== ledger.get(key)?.[0]),
    ].map(({ key }) => key),
    unaudited:
      effects.filter(({ memo, ids }) => audited.get(memo) !== ids.length).length +
      [...audited.keys()].filter((memo) => !idsOf.has(memo)).length,
    doubled: keys.filter((key) => (ledger.get(key) ?? []).length > 1),
    unintended: [...ledger.keys()].filter((key) => !intents.has(key)),
    unknown: unknown.size,
    unreported: keys.filter((key) => !known.has(key) && !unknown.has(key)),
  };
}
