import { testPrincipal } from '@sallyport/testkit';
import fc from 'fast-check';
import type { Principal } from '../src/principal.js';
import type { CountUsage, UsageMeter } from '../src/usage-meter.js';
import type { UsageBatch, UsageStore } from '../src/usage-store.js';

/** What a store does with the next batch: keeps it, keeps it and loses the answer, or fails. */
export type Weather = 'keeps' | 'keeps and is cut off' | 'fails';

/** What was counted, in sum, by agent and tool. */
export class UsageModel {
  readonly counted = new Map<string, number>();
  readonly principals: readonly Principal[] = ['a', 'b', 'a'].map((subject) => testPrincipal({ subject }));
}

/** What is tested: the meter on a store with weather. */
interface MeterUnderTest {
  readonly meter: UsageMeter;
  readonly tools: ReadonlyMap<string, CountUsage>;
  readonly sky: { weather: Weather };
  advance(ms: number): Promise<void>;
}
type Step = fc.AsyncCommand<UsageModel, MeterUnderTest>;

/** A store that is there, or not, as the sky says. */
export function weathered(store: UsageStore, sky: { weather: Weather }): UsageStore {
  return {
    ...store,
    async record(batch: UsageBatch) {
      if (sky.weather === 'fails') throw new Error('the store is away');
      await store.record(batch);
      if (sky.weather === 'keeps and is cut off') throw new Error('the answer was lost');
    },
  };
}

const count = (who: number, tool: string, calls: number): Step => ({
  check: () => true,
  async run(model, { tools }) {
    const principal = model.principals[who];
    tools.get(tool)?.(principal, { calls, handlerMs: calls, inputTokens: 1, outputTokens: 0, cost: 0.5 });
    const key = `${principal?.subject} ${tool}`;
    model.counted.set(key, (model.counted.get(key) ?? 0) + calls);
  },
  toString: () => `${calls} calls of ${tool} by ${who}`,
});
const sky = (weather: Weather): Step => ({
  check: () => true,
  async run(_, real) {
    real.sky.weather = weather;
  },
  toString: () => `the store ${weather}`,
});
const advance = (ms: number): Step => ({
  check: () => true,
  run: async (_, real) => real.advance(ms),
  toString: () => `${ms} ms pass`,
});
const flush: Step = { check: () => true, run: async (_, { meter }) => meter.flush(), toString: () => 'flush' };

/** Everything that can happen to a meter, in any order. */
export const usageSteps = fc.commands(
  [
    fc
      .tuple(fc.nat(2), fc.constantFrom('x', 'y', 'z'), fc.constantFrom(0, 1, 1, 7))
      .map(([who, tool, calls]) => count(who, tool, calls)),
    fc.constantFrom<Weather>('keeps', 'keeps and is cut off', 'fails').map(sky),
    fc.constantFrom(1, 500, 1_000, 5_000).map(advance),
    fc.constant(flush),
  ],
  { maxCommands: 60 },
);
