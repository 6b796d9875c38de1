import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '@sallyport/testkit';
import type { TestDatabase } from '../support/postgres-database.js';
import { startLedger } from './ledger.js';
import type { Answered, StormCall, StormWorker } from './start-worker.js';
import { reportOn, type StormReport } from './storm-report.js';
import { WorkerHerd } from './worker-herd.js';

/** How hard. */
export interface StormOptions {
  /** Processes that are killed at a random point, each with calls under way. */
  readonly kills: number;
  /** Processes that are stopped at one, beyond every lock, and go on when others have taken their calls over. */
  readonly pauses: number;
  /** How long one is stopped. A transaction is held for 8 s, a claim for 30. */
  readonly pauseMs: number;
  /** Has the database count claims as over, instead of waiting for it. Default false. */
  readonly hurry?: boolean;
  /** Kills and stops when an effect elsewhere has just happened, instead of at a random point. Default false. */
  readonly aimed?: boolean;
  readonly seed: number;
  readonly bug?: string;
  readonly progress?: (text: string) => void;
}

/** Keys that a process is given at a time, and as many again of before. */
const keysEach = 8;
/** Processes that are killed one after the other, so many side by side. */
const killLanes = 2;
/** Stopped at once: with four connections each, they leave some of what a server takes by default. */
const pauseLanes = 12;
/** How long before a stopped process goes on others take its calls over. */
const takeOverMs = 2_000;
/** How long it may go on then, before it is killed. */
const onwardMs = 2_000;
const claimMs = 30_000;

/**
 * Kills processes in the middle of their calls, again and again, and repeats every call under its key with others, at once and
 * at the end. Then compares the answers with what is in the database, the audit trail and a ledger elsewhere.
 */
export async function killStorm(database: TestDatabase, options: StormOptions): Promise<StormReport> {
  const { kills, pauses, pauseMs, hurry = false, aimed = false, seed, bug, progress = () => {} } = options;
  const random = randomFrom(seed);
  const ledger = await startLedger(random);
  const answers: Answered[] = [];
  const cutOff: StormCall[] = [];
  const keys: string[] = [];
  const where = { databaseUrl: database.env.DATABASE_URL, ledgerUrl: ledger.url, bug };
  const herd = await WorkerHerd.gather(where, (answered) => answers.push(answered));
  const expireClaims = async (): Promise<void> => {
    // Several at once, each of many rows: in one order, or they wait for each other.
    if (hurry) {
      await database.query(`with held as materialized (
        select tenant, key from sallyport.idempotency where state = 'held' order by tenant, key for update)
        update sallyport.idempotency set until = now() from held
        where idempotency.tenant = held.tenant and idempotency.key = held.key`);
    } else await wait(claimMs);
  };

  const newKeys = (count: number): readonly string[] => {
    const added = Array.from({ length: count }, (_, i) => `storm ${keys.length + i}`);
    keys.push(...added);
    return added;
  };
  /** The random points lie within the time that a fresh process takes for its calls here: before, among and after them. */
  let withinMs = 0;
  /** A process at a random point of its work. */
  const atWork = async (): Promise<StormWorker> => {
    const worker = await herd.take();
    do {
      const own = newKeys(keysEach);
      // Some of the others are being run elsewhere at this moment.
      const again = Array.from({ length: keysEach }, () => keys[Math.floor(random() * keys.length)] ?? '');
      void worker.ask([...own, ...again]);
      await (aimed ? ledger.written() : wait(random() * withinMs));
    } while (worker.idle);
    return worker;
  };
  let [killed, paused] = [0, 0];
  const told = (): void => {
    if ((killed + paused) % 25 === 0) progress(`${killed} of ${kills} killed, ${paused} of ${pauses} stopped`);
  };
  const killOne = async (): Promise<void> => {
    // A point counts when the process had begun calls that it had not answered.
    for (let cut: readonly StormCall[] = []; cut.length === 0; cutOff.push(...cut)) {
      cut = await herd.kill(await atWork());
    }
    killed += 1;
    told();
  };
  const pauseOne = async (others: StormWorker): Promise<void> => {
    const worker = await atWork();
    worker.pause();
    // What it had written by then.
    await wait(100);
    const held = worker.underWay.map(({ key }) => key);
    if (held.length === 0) {
      await herd.kill(worker);
      return pauseOne(others);
    }
    await wait(pauseMs - takeOverMs);
    if (hurry) await expireClaims();
    await Promise.all([others.ask(held), wait(takeOverMs)]);
    worker.goOn();
    await wait(onwardMs);
    cutOff.push(...(await herd.kill(worker)));
    paused += 1;
    told();
  };

  try {
    const others = await herd.take();
    const asked = performance.now();
    await others.ask(newKeys(2 * keysEach));
    withinMs = performance.now() - asked;
    await Promise.all([inLanes(killLanes, kills, killOne), inLanes(pauseLanes, pauses, () => pauseOne(others))]);
    progress('every call again, by others');
    await expireClaims();
    const last = [others, await herd.take()];
    for (let pass = 0; pass < 2; pass += 1) {
      let next = 0;
      const askOn = async (worker: StormWorker): Promise<void> => {
        while (next < keys.length) {
          next += 20;
          await worker.ask(keys.slice(next - 20, next));
        }
      };
      await Promise.all(last.map(askOn));
    }
    return await reportOn(database, { keys, answers, cutOff, ledger: ledger.lines });
  } finally {
    await herd.disperse();
    await ledger.close();
  }
}

/** Does something so many times, at most `lanes` at once. */
async function inLanes(lanes: number, times: number, run: () => Promise<void>): Promise<void> {
  let left = times;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
