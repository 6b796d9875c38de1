import fc from 'fast-check';
import type { AdaptiveLimit, LimitBounds, Load, ToolLatency } from '../src/adaptive-limit.js';
import type { Priority } from '../src/priority.js';

interface Sample {
  readonly tool: number;
  readonly ms: number;
}

/** Gradient2 as its description has it, over the list of the samples of a window. */
export class LimitModel {
  now = 0;
  load: Load = { delayMs: 0, utilisation: 0 };
  limit: number;
  running = 0;
  peak = 0;
  since: number | undefined;
  samples: Sample[] = [];
  readonly usual = new Map<number, number>();

  constructor(readonly bounds: LimitBounds) {
    this.limit = bounds.initial;
  }

  admits(priority: Priority): boolean {
    const reserved = { critical: 0, default: 0.2, batch: 0.4, background: 0.6 }[priority];
    return this.running === 0 || this.running + 1 <= this.limit * (1 - reserved);
  }

  sample(tool: number, ms: number): void {
    this.since ??= this.now;
    this.samples.push({ tool, ms });
    if (this.now - this.since < 500 || this.samples.length < 10) return;
    const slowdowns: number[] = [];
    for (const name of new Set(this.samples.map((sample) => sample.tool))) {
      const own = this.samples.filter((sample) => sample.tool === name);
      const short = own.reduce((sum, sample) => sum + sample.ms, 0) / own.length;
      const usual = this.usual.get(name) ?? short;
      slowdowns.push(...own.map(() => (short + 1) / (usual + 1)));
      const moved = (usual * 299 + short) / 300;
      this.usual.set(name, moved > short * 2 ? moved * 0.95 : moved);
    }
    const strained = this.load.delayMs > 100 || this.load.utilisation > 0.95;
    const mean = slowdowns.reduce((sum, one) => sum + one, 0) / slowdowns.length;
    const gradient = strained ? 0.5 : Math.max(0.5, Math.min(1, 1.5 / mean));
    if (this.peak >= this.limit / 2) {
      const target = this.limit * gradient + (strained ? 0 : this.limit ** 0.5);
      const next = 0.8 * this.limit + 0.2 * target;
      this.limit = Math.min(this.bounds.max, Math.max(this.bounds.min, next));
    }
    Object.assign(this, { since: this.now, samples: [], peak: this.running });
  }
}

/** What is tested: the limit, or one with a bug, and the latencies of its tools. */
export interface LimitUnderTest {
  readonly limit: Pick<AdaptiveLimit, 'admits' | 'enter' | 'leave' | 'sample' | 'limit' | 'inFlight'>;
  readonly tools: readonly ToolLatency[];
}
type Step = fc.Command<LimitModel, LimitUnderTest>;

function expectClose(what: string, model: number, real: number): void {
  if (!(Math.abs(model - real) < 1e-6)) throw new Error(`${what}: ${real} instead of ${model}`);
}

const enter = (priority: Priority, times: number): Step => ({
  check: () => true,
  run(model, { limit }) {
    for (let time = 0; time < times; time++) {
      const expected = model.admits(priority);
      if (expected !== limit.admits(priority)) throw new Error(`${priority} ${expected ? 'refused' : 'admitted'}`);
      if (!expected) return;
      limit.enter();
      model.running++;
      model.peak = Math.max(model.peak, model.running);
    }
  },
  toString: () => `enter ${priority} ${times}`,
});

const leave = (tool: number, ms: number, times: number, sampled: boolean): Step => ({
  check: ({ running }) => running > 0,
  run(model, { limit, tools }) {
    for (let time = 0; time < times && model.running > 0; time++) {
      limit.leave();
      model.running--;
      const latency = tools[tool];
      if (!sampled || latency === undefined) continue;
      limit.sample(latency, ms, model.now);
      model.sample(tool, ms);
    }
    expectClose('calls in flight', model.running, limit.inFlight);
    expectClose('the limit', model.limit, limit.limit);
  },
  toString: () => `leave tool ${tool} after ${ms} ms, ${times} times${sampled ? '' : ', untypical'}`,
});

const change = (name: string, apply: (model: LimitModel) => void): Step => ({
  check: () => true,
  run: apply,
  toString: () => name,
});

const times = fc.integer({ min: 1, max: 15 });

/** Everything that can happen to a limit, in any order. */
export const limitSteps = fc.commands(
  [
    fc
      .tuple(fc.constantFrom<Priority[]>('critical', 'default', 'batch', 'background'), times)
      .map(([priority, count]) => enter(priority, count)),
    fc.tuple(fc.constantFrom<Priority[]>('critical', 'default'), times).map(([of, count]) => enter(of, count)),
    fc
      .tuple(fc.nat(1), fc.constantFrom(0.2, 3, 10, 40, 2_000), times, fc.boolean())
      .map(([tool, ms, count, sampled]) => leave(tool, ms, count, sampled)),
    fc.tuple(fc.nat(1), fc.constantFrom(10, 40), times).map(([tool, ms, count]) => leave(tool, ms, count, true)),
    fc.constantFrom(1, 200, 499, 500, 700).map((ms) =>
      change(`advance ${ms}`, (model) => {
        model.now += ms;
      }),
    ),
    fc.constantFrom([0, 0], [101, 0], [100, 0.95], [0, 0.96]).map(([delayMs = 0, utilisation = 0]) =>
      change(`load ${delayMs} ms, ${utilisation}`, (model) => {
        model.load = { delayMs, utilisation };
      }),
    ),
  ],
  { maxCommands: 60, size: 'max' },
);
