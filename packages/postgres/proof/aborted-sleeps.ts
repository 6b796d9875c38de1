import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from '../src/database.js';
import { DatabaseError } from '../src/database-error.js';
import { scopeFor } from '../test-rig/scope-for.js';
import type { ShopOnServer } from '../test-rig/shop-on-server.js';

/** How many, and how. */
export interface AbortOptions {
  /** Statements that are aborted while the server says that they sleep. */
  readonly aborts: number;
  /** How long each would sleep. Default 30. */
  readonly seconds?: number;
  /** The database, or one with the bug that must be found. */
  readonly seeded?: (database: Database) => Database;
  readonly progress?: (text: string) => void;
}

/** What came of it. */
export interface AbortReport {
  /** Sleeps that were aborted. */
  readonly aborted: number;
  /** Of those, the ones that slept to their end and were answered. */
  readonly sleptOn: number;
  /** From the abort until the server no longer has the backend at work, by its own word: the middle one and the slowest. */
  readonly goneMs: { readonly median: number; readonly slowest: number };
  /** From the abort until the caller was told, the slowest. */
  readonly toldMs: number;
  /** Statements of others on the same pool that ran meanwhile. */
  readonly bystanders: number;
  /** Statements that were ended and that nobody had aborted. */
  readonly cancelledBystanders: number;
}

const sleepers = 6;
const bystanders = 4;

/** Aborts sleeping statements, a few at a time, beside others on the same pool, and watches their backends in pg_stat_activity. */
export async function abortSleeps(shop: ShopOnServer, options: AbortOptions): Promise<AbortReport> {
  const { aborts, seconds = 30, seeded = (database) => database, progress = () => {} } = options;
  const opened = await shop.open({ max: sleepers + bystanders });
  const database = seeded(opened);
  const watch = await ServerWatch.start(shop.adminUrl);
  const gone: number[] = [];
  let [begun, toldMs, ran, cancelled, sleptOn] = [0, 0, 0, 0, 0];
  const app = (tool: string) => `sallyport:${tool}`;

  const sleep = (forSeconds: number, tool: string, signal = new AbortController().signal) =>
    database.transaction(scopeFor('acme', { signal, tags: { tool }, remainingMs: () => 60_000 }), (sql) =>
      sql('select pg_sleep($1::float8)', [forSeconds]),
    );
  const abortOne = async (tool: string): Promise<void> => {
    const abort = new AbortController();
    const run = sleep(seconds, tool, abort.signal).catch((error: unknown) => error);
    const seen = watch.until((sleeping) => sleeping.has(app(tool))).then(() => 'asleep');
    if ((await Promise.race([seen, run])) !== 'asleep') {
      // It was somebody else's cancel that ended it.
      seen.catch(() => {});
      cancelled += 1;
      return;
    }
    const abortedAt = performance.now();
    abort.abort();
    const told = run.then((error) => {
      if (Array.isArray(error)) sleptOn += 1;
      else if (!(error instanceof DatabaseError)) throw error;
      toldMs = Math.max(toldMs, performance.now() - abortedAt);
    });
    gone.push((await watch.until((sleeping) => !sleeping.has(app(tool)))) - abortedAt);
    await told;
    if (gone.length % 100 === 0) progress(`${gone.length} of ${aborts} aborted`);
  };
  const sleepOn = async (): Promise<void> => {
    while (begun < aborts) {
      begun += 1;
      await abortOne(`sleeper-${begun}`);
    }
  };
  let over = false;
  const standBy = async (): Promise<void> => {
    while (!over) {
      await sleep(0.1, 'bystander').catch(() => (cancelled += 1));
      ran += 1;
    }
  };
  try {
    const standing = Promise.all(Array.from({ length: bystanders }, standBy));
    await Promise.all(Array.from({ length: sleepers }, sleepOn)).finally(() => {
      over = true;
    });
    await standing;
  } finally {
    await watch.stop();
    await opened.close();
  }
  const sorted = gone.sort((a, b) => a - b).map(Math.round);
  return {
    aborted: sorted.length,
    sleptOn,
    goneMs: { median: sorted[sorted.length >> 1] ?? 0, slowest: sorted.at(-1) ?? 0 },
    toldMs: Math.round(toldMs),
    bystanders: ran,
    cancelledBystanders: cancelled,
  };
}

/** Which sessions sleep, by application name, asked again and again on one connection. */
class ServerWatch {
  readonly #client: pg.Client;
  #stopped = false;
  #next: Promise<{ readonly at: number; readonly sleeping: ReadonlySet<string> }>;

  static async start(url: string): Promise<ServerWatch> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new ServerWatch(client);
  }

  private constructor(client: pg.Client) {
    this.#client = client;
    this.#next = this.#ask();
  }

  /** Resolves to the time of the first answer to a question of after now that `holds` is true of. */
  async until(holds: (sleeping: ReadonlySet<string>) => boolean): Promise<number> {
    await this.#next;
    for (;;) {
      if (this.#stopped) throw new Error('nobody watches any more');
      const { at, sleeping } = await this.#next;
      if (holds(sleeping)) return at;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#next;
    await this.#client.end();
  }

  async #ask() {
    const { rows } = await this.#client.query<{ name: string }>(
      `select application_name as name from pg_stat_activity
       where datname = current_database() and state = 'active' and wait_event = 'PgSleep'`,
    );
    const answer = { at: performance.now(), sleeping: new Set(rows.map(({ name }) => name)) };
    if (!this.#stopped) this.#next = wait(5).then(() => this.#ask());
    return answer;
  }
}
