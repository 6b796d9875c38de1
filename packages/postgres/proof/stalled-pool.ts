import { setTimeout as wait } from 'node:timers/promises';
import { errorOf, gate } from '@sallyport/testkit';
import type { Database } from '../src/database.js';
import type { ShopOnServer } from '../test-rig/shop-on-server.js';
import { asking } from '../test-rig/shop-tools.js';
import { startStallingProxy } from '../test-rig/stalling-proxy.js';
import { type Kind, kinds, stalledTools } from './stalled-tools.js';

/** How long, and how. */
export interface StallOptions {
  /** How long nothing comes through to the server, nor back. */
  readonly stallMs: number;
  /** The time that a call has. Default 1 s. */
  readonly deadlineMs?: number;
  /** The database, or one with the bug that must be found. */
  readonly seeded?: (database: Database) => Database;
  /** The time that the tools give a call: other than {@link deadlineMs} is the bug that must be found. */
  readonly timeoutMs?: number;
  readonly progress?: (text: string) => void;
}

/** What came of it. */
export interface StallReport {
  readonly calls: number;
  /** Answers, by kind of tool and code. */
  readonly answers: Readonly<Record<string, number>>;
  /**
   * Of each kind of tool, how long after a timer of its time, set when it was made, the last call was answered; below 0 when
   * before. Such a timer is as late as the machine is busy.
   */
  readonly lateMs: Readonly<Record<Kind, number>>;
  /** Who waited for a connection at the end of the stall, beyond the calls whose time was not over then. */
  readonly overstayed: number;
  /** From the end of the stall until as many calls at once as the pool has connections, of all kinds, were all served. */
  readonly recoveredMs: number;
  /** Writes, made again afterwards under their keys, that were not answered, or with something else than the first time. */
  readonly wrong: readonly string[];
  /** Writes whose effect did not happen exactly once in the end. */
  readonly notOnce: readonly string[];
}

const max = 10;
/** A new call so often, of 50 ms each, which the pool serves with ease. */
const everyMs = 20;
/** Longer than a claim is held that came through after its process had given it up. */
const againForMs = 60_000;
/** So late may a timer be. */
const timersMs = 150;

/**
 * Stalls the way to the server under load, and watches how long calls wait, when the pool serves again, and what becomes of the
 * writes when each is made again under its key. Two of each kind have done their work when it stalls, and not saved it.
 */
export async function stallPool(shop: ShopOnServer, options: StallOptions): Promise<StallReport> {
  const {
    stallMs,
    deadlineMs = 1_000,
    timeoutMs = deadlineMs,
    seeded = (database) => database,
    progress = () => {},
  } = options;
  const proxy = await startStallingProxy(shop.url);
  const opened = await shop.open({ url: proxy.url(shop.url), max });
  const [full, released] = [gate(), gate()];
  let holding = 0;
  const held = (): Promise<void> => {
    holding += 1;
    if (holding === 6) full.open();
    return released.promise;
  };
  const { tools, effects } = stalledTools(shop, seeded(opened), timeoutMs, held);
  const answers: Record<string, number> = {};
  const lateMs = Object.fromEntries(kinds.map((kind) => [kind, Number.NEGATIVE_INFINITY])) as Record<Kind, number>;
  /** The writes that were made, with what their callers were told. */
  const made: { readonly kind: Kind; readonly n: number; readonly hold: boolean; told?: string }[] = [];
  let calls = 0;
  /** When each was made. */
  const madeAt: number[] = [];

  const send = async (kind: Kind, n: number, hold = false): Promise<{ told?: string; code?: string }> => {
    const answer = await tools[kind].call(asking('acme', { n, hold }, `stalled ${n}`));
    const code = errorOf(answer)?.code;
    return code === undefined ? { told: JSON.stringify(answer.structuredContent) } : { code };
  };
  const ask = async (kind: Kind, hold = false): Promise<void> => {
    const n = ++calls;
    madeAt.push(performance.now());
    let [due, answered] = [0, 0];
    const timer = wait(deadlineMs).then(() => {
      due = performance.now();
    });
    const answer = send(kind, n, hold).then((told) => {
      answered = performance.now();
      return told;
    });
    const [{ told, code = 'served' }] = await Promise.all([answer, timer]);
    lateMs[kind] = Math.max(lateMs[kind], Math.round(answered - due));
    answers[`${kind} ${code}`] = (answers[`${kind} ${code}`] ?? 0) + 1;
    if (kind !== 'read') made.push({ kind, n, hold, ...(told === undefined ? {} : { told }) });
  };
  const isServed = async (): Promise<boolean> => {
    const served = await Promise.all(
      Array.from({ length: max }, (_, i) => send(kinds[i % kinds.length] as Kind, ++calls)),
    );
    return served.every(({ code }) => code === undefined);
  };
  const again = async ({ kind, n, hold, told }: (typeof made)[number]): Promise<string[]> => {
    const begun = performance.now();
    for (;;) {
      const { told: now, code } = await send(kind, n, hold);
      if (now !== undefined) return told === undefined || now === told ? [] : [`${kind} ${n}: ${told}, then ${now}`];
      if (performance.now() - begun > againForMs) return [`${kind} ${n}: ${code}`];
      await wait(100);
    }
  };

  try {
    const asked: Promise<void>[] = [];
    const load = setInterval(() => asked.push(ask(kinds[calls % kinds.length] as Kind)), everyMs);
    await wait(500);
    for (const kind of kinds) if (kind !== 'read') asked.push(ask(kind, true), ask(kind, true));
    await Promise.race([full.promise, wait(deadlineMs / 2)]);
    proxy.stall();
    released.open();
    const begun = performance.now();
    while (performance.now() - begun < stallMs) {
      await wait(Math.min(5_000, stallMs - (performance.now() - begun)));
      progress(`stalled for ${Math.round((performance.now() - begun) / 1_000)} s, ${calls} calls`);
    }
    clearInterval(load);
    const overdue = performance.now() - deadlineMs - timersMs;
    const overstayed = Math.max(0, waitingFor(opened) - madeAt.filter((at) => at > overdue).length);
    proxy.goOn();
    const recoveredMs = await untilServed(isServed);
    progress(`served again after ${Math.round(recoveredMs)} ms`);
    await Promise.all(asked);
    const wrong: string[] = [];
    const left = [...made];
    await Promise.all(
      Array.from({ length: max }, async () => {
        for (let each = left.pop(); each !== undefined; each = left.pop()) wrong.push(...(await again(each)));
      }),
    );
    const happened = await effects();
    const notOnce = made
      .filter(({ n }) => happened(n) !== 1)
      .map(({ kind, n }) => `${kind} ${n}: ${happened(n)} times`);
    return { calls, answers, lateMs, overstayed, recoveredMs: Math.round(recoveredMs), wrong, notOnce };
  } finally {
    released.open();
    proxy.goOn();
    await opened.close();
    await proxy.close();
  }
}

/** How many wait for a connection. */
function waitingFor(database: Database): number {
  return database.measures().find(({ name, labels }) => name === 'waiting' && labels.login === 'app')?.value ?? 0;
}

/** Resolves to how long it took. */
async function untilServed(isServed: () => Promise<boolean>): Promise<number> {
  const begun = performance.now();
  for (;;) {
    if (await isServed()) return performance.now() - begun;
    if (performance.now() - begun > 60_000) return Number.POSITIVE_INFINITY;
    await wait(20);
  }
}
