import { type AgentPlan, type CallOutcome, type Operation, storm } from 'sallyport/storm';
import { callOnce, keptConnections } from './call.js';
import type { Step, Who } from './callers.js';
import type { RecordedCall } from './history.js';

/** Some who ask for something, all together so many times a second on average. */
export interface Offer {
  readonly callers: readonly Who[];
  readonly perSecond: number;
  /** The same each time, or one for each call of each caller, counted from 0. */
  readonly step: Step | ((who: Who, number: number) => Step);
}

/** How long, and chance. */
export interface OpenLoadOptions {
  readonly forMs: number;
  readonly seed: number;
}

const bounds = { maxCalls: 1_000_000, maxOpenPerAgent: 1_000_000, callTimeoutMs: 60_000 };

/**
 * Callers who wait for nobody and repeat nothing, as the storm of `sallyport` drives them: open loops, at random moments (Poisson).
 * What is sent late was meant to be sent earlier: its latency counts from then. Resolves when the last call has ended.
 */
export async function openLoad(
  origin: string,
  offers: readonly Offer[],
  { forMs, seed }: OpenLoadOptions,
): Promise<RecordedCall[]> {
  const connections = keptConnections();
  const calls: RecordedCall[] = [];
  const asked = new Map<AgentPlan, Who>();
  for (const { callers, perSecond, step } of offers.filter((offer) => offer.perSecond > 0)) {
    for (const who of callers) asked.set(agentOf(who, step, perSecond / callers.length), who);
  }
  await storm(
    { ...bounds, seed, durationMs: forMs, agents: [...asked.keys()] },
    {
      target: origin,
      async open() {},
      async call(agent, operation, _facts, signal) {
        const { token } = asked.get(agent) as Who;
        const { code } = await callOnce(origin, { ...(operation as Planned).step, token }, connections, signal);
        return (code === 'ok' ? { kind: 'ok' } : { kind: 'failed', code }) satisfies CallOutcome;
      },
      close: () => connections.destroy(),
    },
    {
      onCall: ({ agent, operation, intendedMs, endedMs, outcome }) => {
        const { tenant, subject } = agent.caller;
        const code = 'code' in outcome ? outcome.code : outcome.kind;
        const { tool, operation: known } = (operation as Planned).step;
        calls.push({
          sentAt: intendedMs,
          receivedAt: endedMs,
          tenant,
          agent: subject,
          tool,
          code,
          ...(known === undefined ? {} : { operation: known }),
        });
      },
    },
  );
  return calls;
}

/** What an agent is to call, as it was planned. */
interface Planned extends Operation {
  readonly step: Step;
}

function agentOf(who: Who, step: Offer['step'], perSecond: number): AgentPlan {
  const { tenant, agent } = who;
  const planned = (number: number): Planned => {
    const next = typeof step === 'function' ? step(who, number) : step;
    return { tool: next.tool, arguments: next.args ?? {}, step: next };
  };
  return {
    name: `${tenant} ${agent}`,
    class: 'open',
    behaviour: { rhythm: { kind: 'steady', perSecond }, manners: { kind: 'ignores' } },
    operations: (_random, number) => planned(number),
    caller: { tenant, subject: agent },
    protocol: '2026-07-28',
  };
}
