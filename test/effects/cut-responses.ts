import type { TestDatabase } from '../support/postgres-database.js';
import { PayClient } from './pay-client.js';
import { startPayServer } from './pay-server.js';

/** How often. */
export interface CutOptions {
  /** Calls whose responses are cut, each of another length. */
  readonly calls: number;
  /** Every how many bytes. Default 1: at every byte there is. */
  readonly every?: number;
  /** The bug that must be found: calls without a key. */
  readonly withoutKeys?: boolean;
  readonly progress?: (text: string) => void;
}

/** What came of it. */
export interface CutReport {
  readonly cuts: number;
  /** Of the shortest and of the longest response. */
  readonly bytes: readonly [number, number];
  /** Calls whose effect happened not once. */
  readonly notOnce: readonly string[];
  /** Calls that were answered, under their new id, with another effect than the one that happened. */
  readonly differing: readonly string[];
}

/** Cut and made again at once. */
const lanes = 8;

/**
 * Makes calls over HTTP whose client hangs up after each number of bytes of the response that there is, a call of its own for each;
 * makes each again, under a new id with the same key; and compares the answers with what is in the database.
 */
export async function cutResponses(database: TestDatabase, options: CutOptions): Promise<CutReport> {
  const { calls, every = 1, withoutKeys = false, progress = () => {} } = options;
  const server = await startPayServer(database);
  const client = new PayClient(server);
  const answers = new Map<string, string>();
  const lengths: number[] = [];
  let [call, done] = [0, 0];

  const cutOne = async (text: string, bytes: number): Promise<void> => {
    const memo = `${text} ${bytes}`;
    const key = withoutKeys ? undefined : memo;
    await client.cutAfter(bytes, { id: 1, memo, key });
    answers.set(memo, await client.call({ id: 2, memo, key }));
  };
  const cutCalls = async (): Promise<void> => {
    while (call < calls) {
      call += 1;
      const own = call;
      const text = `cut ${own} ${'x'.repeat(own % 50)}`;
      const whole = await client.cutAfter(Number.POSITIVE_INFINITY, { id: 1, memo: text, key: text });
      // Ids grow meanwhile, and the memo says the number of bytes.
      const most = whole + 8;
      lengths.push(whole);
      for (let bytes = (own * 7) % every; bytes <= most; bytes += every) await cutOne(text, bytes);
      done += 1;
      progress(`${done} of ${calls} calls, ${answers.size} cuts`);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, cutCalls));
    const rows = await database.query<{ memo: string; answers: string[] }>(
      `select memo, array_agg(json_build_object('id', id, 'memo', memo)::jsonb::text) as answers from invoices
       where memo like 'cut %' group by memo`,
    );
    const effects = new Map(rows.map(({ memo, answers: made }) => [memo, made]));
    const normal = (text: string | undefined): string => JSON.stringify(JSON.parse(text ?? 'null'));
    return {
      cuts: answers.size,
      bytes: [Math.min(...lengths), Math.max(...lengths)],
      notOnce: [...answers.keys()].filter((memo) => effects.get(memo)?.length !== 1),
      differing: [...answers]
        .filter(([memo, answer]) => normal(effects.get(memo)?.[0]) !== answer)
        .map(([memo]) => memo),
    };
  } finally {
    await server.close();
  }
}
