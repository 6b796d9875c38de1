import { setTimeout as wait } from 'node:timers/promises';
import type { Tool, ToolResult } from '@sallyport/core';
import { errorOf, randomFrom } from '@sallyport/testkit';
import type { Database } from '../src/database.js';
import type { ShopOnServer } from '../test-rig/shop-on-server.js';
import { asking, payTool } from '../test-rig/shop-tools.js';

/** How often, and how. */
export interface ContestOptions {
  /** Each of a hundred calls with one key, on two instances that share nothing but the server. */
  readonly rounds: number;
  /** How long the one that runs takes. Default 500 ms. */
  readonly handlerMs?: number;
  readonly seed: number;
  /** A database, and the tool on it, with the bug that must be found. */
  readonly seeded?: (database: Database) => Database;
  readonly progress?: (text: string) => void;
}

/** What came of it. */
export interface ContestReport {
  readonly calls: number;
  readonly replayed: number;
  readonly inProgress: number;
  /** Answers that were none of the two, and replays that are not the first answer byte for byte. */
  readonly wrong: readonly string[];
  /** Rounds in which not exactly one ran, or that did not leave exactly one effect. */
  readonly notOnce: readonly string[];
  /** What the slowest of those that did not run waited for its answer. */
  readonly slowestMs: number;
}

const contenders = 100;

/**
 * Has a hundred calls with one key made on two instances, some while the first runs and some after it has ended, again and
 * again, each time with another key.
 */
export async function contestKeys(shop: ShopOnServer, options: ContestOptions): Promise<ContestReport> {
  const { rounds, handlerMs = 500, seed, seeded = (database) => database, progress = () => {} } = options;
  const random = randomFrom(seed);
  const databases = [await shop.open(), await shop.open()];
  let ran = 0;
  const tools = databases.map((database) =>
    payTool(seeded(database), async () => {
      ran += 1;
      await wait(handlerMs);
    }),
  );
  const wrong: string[] = [];
  const notOnce: string[] = [];
  let [replayed, inProgress, slowestMs] = [0, 0, 0];

  const round = async (memo: string): Promise<void> => {
    const before = ran;
    const answers = await Promise.all(
      Array.from({ length: contenders }, async (_, i) => {
        if (i > 0) await wait(random() * handlerMs * 1.4);
        const begun = performance.now();
        const answer = await (tools[i % 2] as Tool).call(asking('acme', { memo }, memo));
        return { answer, tookMs: performance.now() - begun };
      }),
    );
    const first = answers.find(({ answer }) => answer.isError !== true && answer._meta === undefined);
    for (const each of answers) {
      if (each === first) continue;
      slowestMs = Math.max(slowestMs, each.tookMs);
      if (isReplay(each.answer, first?.answer)) replayed += 1;
      else if (errorOf(each.answer)?.code === 'IDEMPOTENCY_IN_PROGRESS') inProgress += 1;
      else wrong.push(`${memo}: ${JSON.stringify(each.answer)}`);
    }
    const [row] = await shop.admin('select count(*)::int as n from invoices where memo = $1', [memo]);
    if (ran !== before + 1 || row?.n !== 1) notOnce.push(`${memo}: ${ran - before} ran, ${row?.n} effects`);
  };
  try {
    for (let done = 1; done <= rounds; done += 1) {
      await round(`contest ${done}`);
      if (done % 10 === 0) progress(`${done} of ${rounds} rounds`);
    }
  } finally {
    await Promise.all(databases.map((database) => database.close()));
  }
  return { calls: rounds * contenders, replayed, inProgress, wrong, notOnce, slowestMs: Math.round(slowestMs) };
}

function isReplay({ _meta, ...rest }: ToolResult, first: ToolResult | undefined): boolean {
  return _meta?.['dev.sallyport/replayed'] === true && JSON.stringify(rest) === JSON.stringify(first);
}
