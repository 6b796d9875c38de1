import fc from 'fast-check';
import type { Asked, BreakerOptions, BreakerState, CircuitBreaker, Evidence, Permit } from '../src/circuit-breaker.js';

/** What a breaker must do, said by its whole history instead of by counters. */
export class BreakerModel {
  now = 1_000_000;
  state: BreakerState = 'closed';
  openedAt = 0;
  passed = 0;
  readonly running: { readonly since: object; readonly probe: boolean; readonly permit: Permit }[] = [];
  ended: { readonly at: number; readonly evidence: Evidence }[] = [];
  /** What the present state is known by: another one after every change. */
  period: object = {};

  constructor(readonly options: BreakerOptions) {}

  change(state: BreakerState): void {
    Object.assign(this, { state, period: {}, passed: 0, ended: [], openedAt: this.now });
  }

  waitMs(): number {
    const { openMs, probes } = this.options;
    if (this.state === 'open' && this.now - this.openedAt >= openMs) this.change('half-open');
    if (this.state === 'closed') return 0;
    if (this.state === 'open') return this.openedAt + openMs - this.now;
    return this.running.filter(({ probe }) => probe).length < probes ? 0 : openMs;
  }

  settle(index: number, evidence: Evidence | undefined): void {
    const [ended] = this.running.splice(index, 1);
    if (ended?.since !== this.period || evidence === undefined) return;
    if (ended.probe) {
      if (evidence.failed || evidence.slow) this.change('open');
      else if (++this.passed === this.options.probes) this.change('closed');
      return;
    }
    this.ended.push({ at: this.now, evidence });
    const tenth = (at: number) => Math.floor(at / (this.options.windowMs / 10));
    const recent = this.ended.filter(({ at }) => tenth(at) > tenth(this.now) - 10);
    const share = (kind: keyof Evidence) => recent.filter((one) => one.evidence[kind]).length / recent.length;
    if (recent.length < this.options.minimumCalls) return;
    if (share('failed') >= this.options.failureRate || share('slow') >= this.options.slowRate) this.change('open');
  }
}

/** What is tested: the breaker, or one with a bug. */
export type Breaker = Pick<CircuitBreaker, 'ask' | 'settle'> & { readonly state: BreakerState };
type Step = fc.Command<BreakerModel, Breaker>;

function expectSame(what: string, model: unknown, real: unknown): void {
  if (!Object.is(model, real)) throw new Error(`${what}: ${String(real)} instead of ${String(model)}`);
}

const ask: Step = {
  check: () => true,
  run(model, real) {
    const expected = model.waitMs();
    const asked: Asked = real.ask(model.now);
    expectSame('the wait', expected, asked.waitMs ?? 0);
    expectSame('the state', model.state, real.state);
    if (asked.permit === undefined) return;
    model.running.push({ since: model.period, probe: model.state === 'half-open', permit: asked.permit });
    const probing = model.running.filter(({ probe }) => probe).length;
    if (probing > model.options.probes) throw new Error(`${probing} probes in flight`);
  },
  toString: () => 'ask',
};

const settle = (which: number, evidence: Evidence | undefined): Step => ({
  check: ({ running }) => running.length > 0,
  run(model, real) {
    const index = which % model.running.length;
    const permit = model.running[index]?.permit as Permit;
    model.settle(index, evidence);
    real.settle(permit, evidence, model.now);
    expectSame('the state', model.state, real.state);
  },
  toString: () => `settle ${which} ${JSON.stringify(evidence)}`,
});

const advance = (ms: number): Step => ({
  check: () => true,
  run: (model) => {
    model.now += ms;
  },
  toString: () => `advance ${ms}`,
});

const evidence = fc.constantFrom<(Evidence | undefined)[]>(
  undefined,
  { failed: false, slow: false },
  { failed: false, slow: false },
  { failed: true, slow: false },
  { failed: false, slow: true },
  { failed: true, slow: true },
);

/** Everything that can happen to a breaker, in any order; calls come more often than anything else. */
export const breakerSteps = fc.commands(
  [
    fc.constant(ask),
    fc.constant(ask),
    fc.tuple(fc.nat(50), evidence).map(([which, of]) => settle(which, of)),
    fc.tuple(fc.constant(0), evidence).map(([which, of]) => settle(which, of)),
    fc.constantFrom(1, 40, 100, 250, 500, 900, 2_000).map(advance),
  ],
  { maxCommands: 60, size: 'max' },
);
