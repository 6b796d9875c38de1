import { setTimeout as wait } from 'node:timers/promises';
import type { Tool } from '@sallyport/core';
import { errorOf } from '@sallyport/testkit';
import { z } from 'zod';
import type { Database } from '../src/database.js';
import type { ShopOnServer } from '../test-rig/shop-on-server.js';
import { asking, shopStack } from '../test-rig/shop-tools.js';
import { startStallingProxy } from '../test-rig/stalling-proxy.js';

/** How long, and how. */
export interface StallOptions {
  /** How long nothing comes through to the server, nor back. */
  readonly stallMs: number;
  /** The time that a call has. Default 1 s. */
  readonly deadlineMs?: number;
  /** The database, or one with the bug that must be found. */
  readonly seeded?: (database: Database) => Database;
  /** The time that the tool gives a call: other than {@link deadlineMs} is the bug that must be found. */
  readonly timeoutMs?: number;
  readonly progress?: (text: string) => void;
}

/** What came of it. */
export interface StallReport {
  readonly calls: number;
  /** Answers during the stall, by code. */
  readonly answers: Readonly<Record<string, number>>;
  /** How far past its deadline the last call was answered; below 0 when before. */
  readonly lateMs: number;
  /** From the end of the stall until as many calls at once as the pool has connections were all served. */
  readonly recoveredMs: number;
}

const max = 10;
/** A new call so often, of 50 ms each, which the pool serves with ease. */
const everyMs = 20;

/** Stalls the way to the server under load, and watches how long calls wait and when the pool serves again. */
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
  const look = shopStack(seeded(opened)).tool({
    name: 'look',
    description: 'Looks.',
    access: 'read',
    timeoutMs,
    input: z.object({}),
    handler: (_input, { db }) => db.sql('select pg_sleep(0.05)'),
  });
  const answers: Record<string, number> = {};
  let [calls, lateMs] = [0, Number.NEGATIVE_INFINITY];
  const ask = async (): Promise<void> => {
    const begun = performance.now();
    calls += 1;
    const answer = await look.call(asking('acme'));
    lateMs = Math.max(lateMs, performance.now() - begun - deadlineMs);
    const code = errorOf(answer)?.code ?? 'served';
    answers[code] = (answers[code] ?? 0) + 1;
  };
  try {
    const asked: Promise<void>[] = [];
    const load = setInterval(() => asked.push(ask()), everyMs);
    await wait(500);
    proxy.stall();
    const begun = performance.now();
    while (performance.now() - begun < stallMs) {
      await wait(Math.min(5_000, stallMs - (performance.now() - begun)));
      progress(`stalled for ${Math.round((performance.now() - begun) / 1_000)} s, ${calls} calls`);
    }
    clearInterval(load);
    proxy.goOn();
    const recoveredMs = await untilServed(look);
    await Promise.all(asked);
    return { calls, answers, lateMs: Math.round(lateMs), recoveredMs: Math.round(recoveredMs) };
  } finally {
    proxy.goOn();
    await opened.close();
    await proxy.close();
  }
}

/** Resolves to how long it took until `max` calls at once were all served. */
async function untilServed(look: Tool): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const answers = await Promise.all(Array.from({ length: max }, () => look.call(asking('acme'))));
    if (answers.every((answer) => errorOf(answer) === undefined)) return performance.now() - begun;
    if (performance.now() - begun > 60_000) return Number.POSITIVE_INFINITY;
    await wait(20);
  }
}
