import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '@sallyport/testkit';
import { callOnce, keptConnections } from './call.js';
import { openLoop } from './open-loop.js';
import type { StormFleet } from './storm-fleet.js';

/** How long the database says nothing, and what is asked meanwhile. */
export interface StallOptions {
  readonly stalledMs: number;
  readonly perSecond: number;
  /** What each caller gives its call. */
  readonly timeoutMs: number;
  readonly seed: number;
}

/** What the callers saw. */
export interface StallFigures {
  readonly calls: number;
  /** While the database said nothing, by code. */
  readonly stalled: Readonly<Record<string, number>>;
  /** The longest time by which an answer came after its caller's time was over. */
  readonly latestMs: number;
  /** From the first byte to the moment from which all calls succeed. */
  readonly recoveredAfterMs: number;
}

const beforeMs = 1_000;
const afterMs = 8_000;

/** The wire to Postgres stalls for a while, under every connection of every pool; what was sent meanwhile arrives late. */
export async function stalledPool(
  fleet: StormFleet,
  { stalledMs, perSecond, timeoutMs, seed }: StallOptions,
): Promise<StallFigures> {
  const http = keptConnections();
  const random = randomFrom(seed);
  const token = await fleet.issuer.mint({ tenant: 'acme', agent: `stalled-${seed}`, plan: 'load' });
  const answers: { sentAt: number; endedAt: number; code: string }[] = [];
  const began = performance.now();
  const load = openLoop(perSecond, beforeMs + stalledMs + afterMs, random, async () => {
    const sentAt = performance.now() - began;
    const { code } = await callOnce(fleet.nginx.origin, { token, tool: 'list_invoices', timeoutMs }, http);
    answers.push({ sentAt, endedAt: performance.now() - began, code });
  });
  await wait(beforeMs);
  const stalledAt = performance.now() - began;
  fleet.wire.stall();
  await wait(stalledMs);
  fleet.wire.resume();
  const resumedAt = performance.now() - began;
  await load;
  http.destroy();
  const stalled: Record<string, number> = {};
  for (const { sentAt, code } of answers) {
    if (sentAt >= stalledAt && sentAt < resumedAt) stalled[code] = (stalled[code] ?? 0) + 1;
  }
  const lastFailure = Math.max(resumedAt, ...answers.filter(({ code }) => code !== 'ok').map(({ sentAt }) => sentAt));
  return {
    calls: answers.length,
    stalled,
    latestMs: Math.max(...answers.map(({ sentAt, endedAt }) => endedAt - sentAt - timeoutMs)),
    recoveredAfterMs: lastFailure - resumedAt,
  };
}
