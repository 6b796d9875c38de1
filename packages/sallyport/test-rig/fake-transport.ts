import type { Clock } from '@sallyport/core';
import type { CallOutcome, Operation } from '../src/storm/index.js';
import type { AgentPlan } from '../src/storm/scenario.js';
import type { Transport } from '../src/storm/transport.js';

/** What a made-up server does with a call: answers after so long, or never. */
export interface MadeUpAnswer {
  readonly afterMs: number;
  readonly outcome: CallOutcome;
}

/** A call that arrived. */
export interface Arrived {
  readonly agent: AgentPlan;
  readonly operation: Operation;
  readonly atMs: number;
  readonly idempotencyKey: string | undefined;
}

/** A server without a network, on the clock of a test. It answers also what was cancelled, as a server may. */
export function fakeTransport(clock: Clock, answer: (arrived: Arrived, number: number) => MadeUpAnswer | 'never') {
  const startMs = clock.now();
  const arrived: Arrived[] = [];
  let aborted = 0;
  const transport: Transport = {
    target: 'http://made.up/mcp',
    open: async () => {},
    call: (agent, operation, { idempotencyKey }, signal) => {
      const one = { agent, operation, atMs: clock.now() - startMs, idempotencyKey };
      arrived.push(one);
      signal.addEventListener('abort', () => {
        aborted++;
      });
      const made = answer(one, arrived.length - 1);
      return new Promise((resolve) => {
        if (made !== 'never') clock.setTimeout(() => resolve(made.outcome), made.afterMs);
      });
    },
    close: () => {},
  };
  return { transport, arrived, aborted: () => aborted };
}
