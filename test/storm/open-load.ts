import { type AgentPlan, type CallOutcome, storm } from 'sallyport/storm';
import { callOnce, keptConnections } from './call.js';
import type { Step, Who } from './callers.js';
import type { RecordedCall } from './history.js';

/** Some who ask for something, all together so many times a second on average. */
export interface Offer {
  readonly callers: readonly Who[];
  readonly perSecond: number;
  readonly step: Step;
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
  const asked = new Map<AgentPlan, { who: Who; step: Step }>();
  for (const { callers, perSecond, step } of offers.filter((offer) => offer.perSecond > 0)) {
    for (const who of callers) asked.set(agentOf(who, step, perSecond / callers.length), { who, step });
  }
  await storm(
    { ...bounds, seed, durationMs: forMs, agents: [...asked.keys()] },
    {
      target: origin,
      async open() {},
      async call(agent, _operation, _facts, signal) {
        const { step, who } = asked.get(agent) as { who: Who; step: Step };
        const { code } = await callOnce(origin, { ...step, token: who.token }, connections, signal);
        return (code === 'ok' ? { kind: 'ok' } : { kind: 'failed', code }) satisfies CallOutcome;
      },
      close: () => connections.destroy(),
    },
    {
      onCall: ({ agent, operation, intendedMs, endedMs, outcome }) => {
        const { tenant, subject } = agent.caller;
        const code = 'code' in outcome ? outcome.code : outcome.kind;
        calls.push({ sentAt: intendedMs, receivedAt: endedMs, tenant, agent: subject, tool: operation.tool, code });
      },
    },
  );
  return calls;
}

function agentOf({ tenant, agent }: Who, { tool, args = {} }: Step, perSecond: number): AgentPlan {
  return {
    name: `${tenant} ${agent}`,
    class: 'open',
    behaviour: { rhythm: { kind: 'steady', perSecond }, manners: { kind: 'ignores' } },
    operations: () => ({ tool, arguments: args }),
    caller: { tenant, subject: agent },
    protocol: '2026-07-28',
  };
}
