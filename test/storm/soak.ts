import { setMaxListeners } from 'node:events';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '@sallyport/testkit';
import { send } from '../support/raw-http.js';
import { keptConnections } from './call.js';
import type { Post } from './callers.js';
import { cause } from './faults.js';
import type { Effect, Fault, History, RecordedCall, Running, Sample, Way } from './history.js';
import { judgeSoak, type SoakFindings } from './judge-soak.js';
import { type StormFleet, startStormFleet } from './storm-fleet.js';
import { castOf, runStorm, type StormShape } from './storm-load.js';
import { summaryOf } from './summary.js';
import { warmUp } from './warm-up.js';

/** How long, how hard, and where what was seen is kept. */
export interface SoakOptions {
  readonly minutes: number;
  readonly shape: StormShape;
  readonly seed: number;
  /** Of each minute, before its fault. */
  readonly calmMs?: number;
  readonly minuteMs?: number;
  /** For `history.jsonl`, a line a call, and `rest.json`, everything else that was recorded. */
  readonly folder: string;
  /** Ends it early; what was seen is judged. */
  readonly stopped?: AbortSignal;
  readonly progress?: (line: string) => void;
  /** What a minute showed. */
  readonly onMinute?: (line: object) => Promise<void>;
}

/** A storm with a fault in every minute, judged at its end by what was recorded. */
export async function soak(options: SoakOptions): Promise<SoakFindings> {
  const { minutes, shape, seed, folder, calmMs = 10_000, minuteMs = 60_000 } = options;
  const { stopped = new AbortController().signal, progress = () => {}, onMinute = async () => {} } = options;
  await mkdir(folder, { recursive: true });
  await rm(join(folder, 'history.jsonl'), { force: true });
  const fleet = await startStormFleet();
  const connections = keptConnections();
  const stop = new AbortController();
  // Everybody who calls listens to it.
  setMaxListeners(0, stop.signal);
  const calls: RecordedCall[] = [];
  const faults: Fault[] = [];
  const samples: Sample[] = [];
  const running: Running[] = [];
  const ways: Way[] = [];
  try {
    const cast = await castOf(shape, fleet.issuer.mint);
    await warmUp(fleet);
    const begun = performance.now();
    const now = () => performance.now() - begun;
    const undecided = () => fleet.undecided.filter((at) => at >= begun).map((at) => at - begun);
    let unwritten = '';
    const writeCalls = () => {
      const text = unwritten;
      unwritten = '';
      return appendFile(join(folder, 'history.jsonl'), text);
    };
    const post: Post = {
      origin: fleet.nginx.origin,
      connections,
      now,
      stopped: stop.signal,
      record(call) {
        calls.push(call);
        unwritten += `${JSON.stringify(call)}\n`;
      },
    };
    const storm = runStorm(post, cast, randomFrom(seed));
    const watching = Promise.all([
      watchRunning(fleet, now, running, stop.signal),
      watchWay(fleet.nginx.origin, now, ways, stop.signal),
    ]);
    for (let minute = 0; minute < minutes && !stopped.aborted; minute++) {
      const minuteAt = now();
      await sleep(calmMs, stopped);
      const fault = await cause(fleet, minute, now);
      faults.push(fault);
      await sleep(Math.max(0, minuteAt + minuteMs - now()), stopped);
      const [steady] = fleet.instances;
      if (steady === undefined) throw new Error('no instance');
      const { heapBytes, rssBytes, resources } = await steady.probe();
      samples.push({ at: now(), heapBytes, rssBytes });
      const since = calls.filter(({ receivedAt }) => receivedAt >= minuteAt);
      const doubled = await doubledInvoices(fleet);
      const late = undecided().filter((at) => at >= minuteAt).length;
      const line = { minute, fault, ...summaryOf(since), undecided: late, doubled, heapBytes, rssBytes, resources };
      await onMinute(line);
      await writeCalls();
      const { codes, p99Ms } = summaryOf(since);
      progress(`minute ${minute + 1}: ${fault.kind}; ${JSON.stringify(codes)}, p99 ${Math.round(p99Ms)} ms`);
    }
    stop.abort();
    await Promise.all([storm, watching]);
    await writeCalls();
    const effects = await effectsOf(fleet);
    const paid = fleet.provider.paid.map(({ key }) => key);
    const history: History = {
      calls,
      faults,
      undecided: undecided(),
      samples,
      running,
      ways,
      effects,
      paid,
    };
    await writeFile(join(folder, 'rest.json'), JSON.stringify({ ...history, calls: [] }));
    return judgeSoak(history, cast);
  } finally {
    stop.abort();
    connections.destroy();
    await fleet.close();
  }
}

/** Judges what a soak has left in its folder, as it was judged when it ended. */
export async function judgeAgain({ shape, folder }: Pick<SoakOptions, 'shape' | 'folder'>): Promise<SoakFindings> {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const lines = (await read('history.jsonl')).trim().split('\n');
  const calls = lines.map((line) => JSON.parse(line) as RecordedCall);
  const rest = JSON.parse(await read('rest.json')) as History;
  return judgeSoak({ ...rest, calls }, await castOf(shape, async () => ''));
}

/** Invoices with the memo of another. */
async function doubledInvoices({ database }: StormFleet): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    'select count(*)::int as n from (select 1 from invoices group by memo having count(*) > 1) as doubled',
  );
  return row?.n ?? 0;
}

async function effectsOf({ database }: StormFleet): Promise<Effect[]> {
  return database.query<Effect & Record<string, unknown>>(
    "select memo as operation, tenant_id as tenant, id::int as row from invoices where memo not like '% invoice %' and memo not like '% early %'",
  );
}

const lookEveryMs = 500;

/** Looks at what runs in the database, when there is one. */
async function watchRunning(
  { database }: StormFleet,
  now: () => number,
  seen: Running[],
  stopped: AbortSignal,
): Promise<void> {
  while (!stopped.aborted) {
    await sleep(lookEveryMs, stopped);
    const at = now();
    const rows = await database
      .query<{ query: string }>(
        "select query from pg_stat_activity where usename in ('sallyport_app', 'sallyport_query') and state <> 'idle'",
      )
      .catch(() => undefined);
    if (rows === undefined) continue;
    const reports: Record<string, number> = {};
    for (const { query } of rows) {
      const agent = query.includes('pg_sleep') ? /agent='([^']+)'/.exec(query)?.[1] : undefined;
      if (agent !== undefined) reports[agent] = (reports[agent] ?? 0) + 1;
    }
    seen.push({ at, reports, active: rows.length });
  }
}

const askEveryMs = 250;

/** Asks whether the server is up, again and again. */
async function watchWay(origin: string, now: () => number, seen: Way[], stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    const at = now();
    await send(`${origin}/health`, { method: 'GET' }).catch(() => {});
    seen.push({ at, tookMs: now() - at });
    await sleep(askEveryMs, stopped);
  }
}

/** Waits, or not, when everything stops. */
async function sleep(ms: number, stopped: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal: stopped }).catch(() => {});
}
