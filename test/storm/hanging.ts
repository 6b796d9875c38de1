import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '@sallyport/testkit';
import { keptConnections } from './call.js';
import { insist, type Post, refund, type Step, type Who } from './callers.js';
import type { RecordedCall } from './history.js';
import { judgeEffects } from './judge-effects.js';
import { type Offer, openLoad } from './open-load.js';
import type { Arrival } from './provider.js';
import type { FleetRefusal, StormFleet } from './storm-fleet.js';
import { quantile, summaryOf } from './summary.js';

/** How long each phase is, and how much is asked in all of them. */
export interface HangOptions {
  readonly beforeMs: number;
  readonly hangingMs: number;
  readonly afterMs: number;
  readonly refundsPerSecond: number;
  readonly othersPerSecond: number;
  readonly seed: number;
}

/** How the calls went that do not need the provider. */
interface OtherFigures {
  readonly calls: number;
  readonly success: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What callers, the provider and the instances saw. */
export interface HangFigures {
  /** Of refunds sent in each phase, by code. */
  readonly before: Readonly<Record<string, number>>;
  readonly hanging: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
  /** Instances whose breaker refused something, and when the last of them first did, from the beginning of the hang. */
  readonly opened: number;
  readonly openedAfterMs: number;
  /** Calls that breakers refused while the provider hung. */
  readonly refusals: number;
  /** Share of them that the breaker refused within {@link quickMs}, and how long it took. */
  readonly quick: number;
  readonly decidedP99Ms: number;
  /** All of their time in the instance; and what refunds took that were served before, as their callers saw it. */
  readonly tookP50Ms: number;
  readonly tookP99Ms: number;
  readonly servedP50Ms: number;
  readonly servedP99Ms: number;
  /** Requests of one instance that the provider had at once: at any time, and once the breaker was open. */
  readonly mostAtOnce: number;
  readonly mostProbes: number;
  readonly othersBefore: OtherFigures;
  readonly othersHanging: OtherFigures;
  /** From the provider's recovery to the last refund that was sent and not served. */
  readonly recoveredAfterMs: number;
  /** Refunds that were meant, and what is wrong with what was paid when each had been repeated until it was known. */
  readonly refunds: number;
  readonly wrong: readonly string[];
}

/** What a refusal may take the breaker. */
export const quickMs = 5;
/** What an agent may ask of refunds in a minute bounds how many agents there must be. */
const agentsPerRefundASecond = 20;
const holdSeconds = 0.5;
/** How long the tool waits for the provider: what came to it before the breaker opened has ended then. */
const patienceMs = 5_500;
const repeatMs = 240_000;
const lanes = 10;

/** The payment provider takes every request and answers none for a while. Refunds are asked for all the time, and other tools. */
export async function hangingProvider(fleet: StormFleet, options: HangOptions): Promise<HangFigures> {
  const { beforeMs, hangingMs, afterMs, refundsPerSecond, othersPerSecond, seed } = options;
  const random = randomFrom(seed);
  const operations = new Map<string, { who: Who; step: Step }>();
  const cast = (kind: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, n): Promise<Who> => {
        const who = { tenant: 'acme', agent: `${kind}-${seed}-${n}` };
        return { ...who, token: await fleet.issuer.mint({ ...who, plan: 'load' }) };
      }),
    );
  const next = (who: Who, number: number): Step => {
    const operation = `acme ${who.agent} ${number}`;
    const step = refund(who, operation, random);
    operations.set(operation, { who, step });
    return step;
  };
  const other = async (step: Step): Promise<Offer> => {
    return { callers: await cast(step.tool, 1), perSecond: othersPerSecond / 2, step };
  };
  const offers: Offer[] = [
    {
      callers: await cast('refunder', agentsPerRefundASecond * refundsPerSecond),
      perSecond: refundsPerSecond,
      step: next,
    },
    await other({ tool: 'hold_connection', args: { seconds: holdSeconds } }),
    await other({ tool: 'list_invoices', args: { limit: 20 } }),
  ];
  const paidBefore = fleet.provider.paid.length;
  const began = performance.now();
  const load = openLoad(fleet.nginx.origin, offers, { forMs: beforeMs + hangingMs + afterMs, seed });
  await wait(beforeMs);
  const hungAt = performance.now();
  fleet.provider.hang();
  await wait(hangingMs);
  const recoveredAt = performance.now();
  fleet.provider.recover();
  const calls = await load;
  const repeats = await repeatAll(fleet, calls, operations);
  const refused = fleet.refused.filter(({ at }) => at >= hungAt && at < recoveredAt);
  const decided = refused.map(({ decidedMs }) => decidedMs);
  const took = refused.map(({ tookMs }) => tookMs);
  const opened = firstRefusals(refused);
  const arrivals = fleet.provider.arrivals.filter(({ at }) => at >= hungAt && at < recoveredAt);
  const phase = (from: number, to: number, isRefund: boolean) =>
    calls.filter(({ sentAt, tool }) => {
      const at = began + sentAt;
      return at >= from && at < to && (tool === 'refund_order') === isRefund;
    });
  const before = summaryOf(phase(began, hungAt, true));
  const refundsSent = calls.filter(({ tool }) => tool === 'refund_order');
  const failedAt = refundsSent.filter(({ code }) => code !== 'ok').map(({ sentAt }) => began + sentAt);
  return {
    before: before.codes,
    hanging: summaryOf(phase(hungAt, recoveredAt, true)).codes,
    after: summaryOf(phase(recoveredAt, Number.POSITIVE_INFINITY, true)).codes,
    opened: opened.size,
    openedAfterMs: Math.max(0, ...[...opened.values()].map((at) => at - hungAt)),
    refusals: refused.length,
    quick: decided.filter((ms) => ms <= quickMs).length / refused.length,
    decidedP99Ms: quantile(decided, 0.99),
    tookP50Ms: quantile(took, 0.5),
    tookP99Ms: quantile(took, 0.99),
    servedP50Ms: before.p50Ms,
    servedP99Ms: before.p99Ms,
    mostAtOnce: mostInFlight(arrivals),
    mostProbes: mostInFlight(
      arrivals.filter(({ at, address }) => at > (opened.get(address) ?? Number.POSITIVE_INFINITY) + patienceMs),
    ),
    othersBefore: otherFigures(phase(began, hungAt, false)),
    othersHanging: otherFigures(phase(hungAt, recoveredAt, false)),
    recoveredAfterMs: Math.max(recoveredAt, ...failedAt) - recoveredAt,
    refunds: operations.size,
    wrong: judgeRefunds([...calls, ...repeats], fleet.provider.paid.slice(paidBefore), operations),
  };
}

/** Repeats each refund that was not served, under its key, until it is. */
async function repeatAll(
  fleet: StormFleet,
  calls: readonly RecordedCall[],
  operations: ReadonlyMap<string, { who: Who; step: Step }>,
): Promise<RecordedCall[]> {
  const connections = keptConnections();
  const repeats: RecordedCall[] = [];
  const post: Post = {
    origin: fleet.nginx.origin,
    connections,
    now: () => performance.now(),
    record: (call) => void repeats.push(call),
    stopped: AbortSignal.timeout(repeatMs),
  };
  const open = calls.filter(({ operation, code }) => operation !== undefined && code !== 'ok');
  const lane = async (): Promise<void> => {
    for (let call = open.pop(); call !== undefined; call = open.pop()) {
      const { who, step } = operations.get(call.operation as string) as { who: Who; step: Step };
      await insist(post, who, step);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    connections.destroy();
  }
  return repeats;
}

function judgeRefunds(
  calls: readonly RecordedCall[],
  paid: readonly { readonly key: string }[],
  operations: ReadonlyMap<string, unknown>,
): string[] {
  const keys = paid.map(({ key }) => key);
  const served = new Set(calls.filter(({ code }) => code === 'ok').map(({ operation }) => operation));
  const never = [...operations.keys()].filter((operation) => !served.has(operation));
  return [
    ...judgeEffects(calls, [], keys),
    ...(never.length === 0 ? [] : [`${never.length} refunds were never served, ${never[0]} among them`]),
    ...(new Set(keys).size === operations.size ? [] : [`${keys.length} of ${operations.size} refunds were paid`]),
  ];
}

/** When the breaker of each instance first refused something. */
function firstRefusals(refused: readonly FleetRefusal[]): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  for (const { instance, at } of refused) first.set(instance, Math.min(at, first.get(instance) ?? at));
  return first;
}

function mostInFlight(arrivals: readonly Arrival[]): number {
  return Math.max(0, ...arrivals.map(({ inFlight }) => inFlight));
}

function otherFigures(own: readonly RecordedCall[]): OtherFigures {
  const { calls, codes, p50Ms, p99Ms } = summaryOf(own);
  return { calls, success: (codes.ok ?? 0) / calls, p50Ms, p99Ms };
}
