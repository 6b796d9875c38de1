import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '../support/postgres-database.js';

/** How hard. */
export interface StormOptions {
  /** Processes that are killed, or stopped beyond every lock, in the middle of their calls. */
  readonly kills: number;
  readonly pauses: number;
  /** Calls of each tool that one process has under way when it happens. */
  readonly calls: number;
  /** How long a stopped process is kept so. Longer than what the database waits for a forgotten transaction finds more. */
  readonly pauseMs: number;
  readonly seed: number;
  readonly bug?: string;
  readonly progress?: (text: string) => void;
}

/** With ten connections each, far below what a server takes by default. */
const stoppedAtOnce = 5;

/** What came of it. */
export interface StormReport {
  readonly keys: number;
  /** Keys whose effect in the database happened not once. */
  readonly notOnce: readonly string[];
  /** Effects that were saved, and whose first answer was lost: what a repeat must not do again. */
  readonly lostAnswers: number;
  /** Keys whose answers differ from one call to the next, or name another effect than the one that happened. */
  readonly differing: readonly string[];
  /** Effects in the database that the audit trail has not exactly one entry for. */
  readonly unaudited: number;
  /** Keys whose effect elsewhere, which has no keys, happened more than once. */
  readonly doubled: readonly string[];
  /** Effects elsewhere that did not answer: reported as unknown. */
  readonly unknown: number;
  /** Keys that are neither settled nor reported unknown. */
  readonly unreported: readonly string[];
}

interface Answered {
  readonly tool: 'pay' | 'send';
  readonly key: string;
  readonly answer: {
    isError?: boolean;
    structuredContent?: { id?: number };
    _meta?: Record<string, { code?: string }>;
  };
}

/**
 * Kills processes in the middle of their calls, again and again, and repeats every call under its key with others, until each
 * has its answer. Then compares the answers with what is in the database, the audit trail and a ledger elsewhere.
 */
export async function killStorm(database: TestDatabase, options: StormOptions): Promise<StormReport> {
  const { kills, pauses, calls, pauseMs, progress = () => {} } = options;
  const random = generatorOf(options.seed);
  const ledger = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const key = Buffer.concat(chunks).toString();
      ledger.set(key, (ledger.get(key) ?? 0) + 1);
      setTimeout(() => response.end(), random() * 20);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env = {
    ...database.env,
    LEDGER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...(options.bug === undefined ? {} : { BUG: options.bug }),
  };
  const answers: Answered[] = [];
  const keys: string[] = [];
  const start = () => startWorker(env, (answered) => answers.push(answered));

  try {
    let next = start();
    for (let round = 0; round < kills + pauses; round += 1) {
      const worker = await next;
      next = start();
      const own = Array.from({ length: calls }, (_, i) => `${round}-${i}`);
      keys.push(...own);
      // Some keys of earlier rounds come again while others run.
      const again = Array.from({ length: calls }, () => keys[Math.floor(random() * keys.length)] as string);
      for (const key of [...own, ...again]) worker.ask(key);
      // Somewhere among the first calls, and somewhere among those that follow them.
      if (random() < 0.75) await Promise.race([worker.firstAnswer, wait(2_000)]);
      await wait(random() * 250);
      if (round < kills) worker.child.kill('SIGKILL');
      else {
        worker.child.kill('SIGSTOP');
        void wait(pauseMs).then(() => worker.child.kill('SIGCONT'));
        void wait(pauseMs + 5_000).then(() => worker.child.kill('SIGKILL'));
        // A stopped process keeps its connections: a few at a time, so that the server has some left.
        if ((round - kills) % stoppedAtOnce === stoppedAtOnce - 1) await wait(pauseMs + 6_000);
      }
      if (round % 50 === 49) progress(`${round + 1} of ${kills + pauses}`);
    }
    if (pauses > 0) await wait(pauseMs + 6_000);
    // Time passes for the claims of those that are gone.
    await database.query("update sallyport.idempotency set until = now() where state = 'held'");
    const last = await next;
    for (let pass = 0; pass < 2; pass += 1) {
      for (let i = 0; i < keys.length; i += 50) await last.answered(keys.slice(i, i + 50));
    }
    last.child.kill('SIGKILL');
    return await reportOn(database, keys, answers, ledger);
  } finally {
    server.close();
  }
}

async function reportOn(
  database: TestDatabase,
  keys: readonly string[],
  answers: readonly Answered[],
  ledger: ReadonlyMap<string, number>,
): Promise<StormReport> {
  const effects = await database.query<{ memo: string; ids: number[] }>(
    "select memo, array_agg(id::int) as ids from invoices where tenant_id = 'acme' and memo ~ '^[0-9]+-[0-9]+$' group by memo",
  );
  const idsOf = new Map(effects.map(({ memo, ids }) => [memo, ids]));
  const [audit] = await database.query<{ wrong: number }>(
    `select count(*)::int as wrong from (
       select m.memo from (select distinct memo from invoices where memo ~ '^[0-9]+-[0-9]+$') m
       left join sallyport.audit_entries e on e.entry::json -> 'arguments' ->> 'memo' = m.memo
         and e.entry::json ->> 'kind' = 'effect'
       group by m.memo having count(e.id) <> 1
     ) wrong`,
  );
  const [extra] = await database.query<{ wrong: number }>(
    `select count(*)::int as wrong from sallyport.audit_entries e where e.entry::json ->> 'kind' = 'effect'
       and not exists (select from invoices i where i.memo = e.entry::json -> 'arguments' ->> 'memo')`,
  );
  const codeOf = ({ answer }: Answered) => answer._meta?.['dev.sallyport/error']?.code;
  const paid = answers.filter(({ tool, answer }) => tool === 'pay' && answer.isError !== true);
  const answeredAtOnce = new Set(
    paid.filter(({ answer }) => answer._meta?.['dev.sallyport/replayed'] === undefined).map(({ key }) => key),
  );
  const sent = answers.filter(({ tool }) => tool === 'send');
  const known = new Set(sent.filter((each) => each.answer.isError !== true).map(({ key }) => key));
  const unknown = new Set(sent.filter((each) => codeOf(each) === 'OUTCOME_UNKNOWN').map(({ key }) => key));
  return {
    keys: keys.length,
    lostAnswers: keys.filter((key) => idsOf.has(key) && !answeredAtOnce.has(key)).length,
    notOnce: keys.filter((key) => idsOf.get(key)?.length !== 1),
    differing: paid
      .filter(({ key, answer }) => answer.structuredContent?.id !== idsOf.get(key)?.[0])
      .map(({ key }) => key),
    unaudited: (audit?.wrong ?? 0) + (extra?.wrong ?? 0),
    doubled: keys.filter((key) => (ledger.get(key) ?? 0) > 1),
    unknown: unknown.size,
    unreported: keys.filter((key) => !known.has(key) && !unknown.has(key)),
  };
}

interface Worker {
  readonly child: ChildProcess;
  readonly firstAnswer: Promise<void>;
  /** Asks for both effects of a key. */
  ask(key: string): void;
  /** The same, and resolves when all were answered. */
  answered(keys: readonly string[]): Promise<void>;
}

async function startWorker(env: Record<string, string>, onAnswer: (answered: Answered) => void): Promise<Worker> {
  const script = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let waiting = 0;
  let done = (): void => {};
  let answeredFirst = (): void => {};
  const firstAnswer = new Promise<void>((resolve) => {
    answeredFirst = resolve;
  });
  // A process that was killed does not read what it is sent.
  child.stdin.on('error', () => {});
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the worker ended before it was ready')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') return resolve();
      answeredFirst();
      onAnswer(JSON.parse(line) as Answered);
      waiting -= 1;
      if (waiting === 0) done();
    });
  });
  await ready;
  const ask = (key: string): void => {
    for (const tool of ['pay', 'send']) child.stdin.write(`${JSON.stringify({ tool, key })}\n`);
  };
  return {
    child,
    firstAnswer,
    ask,
    answered: (keys) =>
      new Promise((resolve) => {
        waiting = keys.length * 2;
        done = resolve;
        for (const key of keys) ask(key);
      }),
  };
}

/** The same numbers for the same seed (mulberry32). */
function generatorOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
