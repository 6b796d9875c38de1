import { setTimeout as wait } from 'node:timers/promises';
import { openLoad } from './open-load.js';
import type { StormFleet } from './storm-fleet.js';
import { summaryOf } from './summary.js';

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
  const who = { tenant: 'acme', agent: `stalled-${seed}` };
  const token = await fleet.issuer.mint({ ...who, plan: 'load' });
  const offer = { callers: [{ ...who, token }], perSecond, step: { tool: 'list_invoices', timeoutMs } };
  const began = performance.now();
  const load = openLoad(fleet.nginx.origin, [offer], { forMs: beforeMs + stalledMs + afterMs, seed });
  await wait(beforeMs);
  const stalledAt = performance.now() - began;
  fleet.wire.stall();
  await wait(stalledMs);
  fleet.wire.resume();
  const resumedAt = performance.now() - began;
  const answers = await load;
  const during = answers.filter(({ sentAt }) => sentAt >= stalledAt && sentAt < resumedAt);
  const lastFailure = Math.max(resumedAt, ...answers.filter(({ code }) => code !== 'ok').map(({ sentAt }) => sentAt));
  return {
    calls: answers.length,
    stalled: summaryOf(during).codes,
    latestMs: Math.max(...answers.map(({ sentAt, receivedAt }) => receivedAt - sentAt - timeoutMs)),
    recoveredAfterMs: lastFailure - resumedAt,
  };
}
