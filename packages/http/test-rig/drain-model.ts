import { EventEmitter } from 'node:events';
import { ToolError } from '@sallyport/core';
import { Interrupter, type Seat } from '@sallyport/core/adapter';
import { FakeClock } from '@sallyport/testkit';
import fc from 'fast-check';
import { Drain, type Drained, type DrainTimes } from '../src/drain.js';
import { type Interruptible, RunningCalls } from '../src/running-calls.js';
import { exitOnSignals } from '../src/signals.js';

/** Calls that are interrupted get so long to send their answers. */
const lastWordsMs = 5_000;

/** What a drain must do, said by what happened and when, instead of by promises and timers. */
export class DrainModel {
  now = 0;
  signalledAt = Number.POSITIVE_INFINITY;
  calls = 0;
  readonly running: number[] = [];
  interrupted: readonly number[] = [];
  leftMs: number | undefined;
  exitCode: number | undefined;

  constructor(readonly times: DrainTimes) {}

  get #refusesAt(): number {
    return this.signalledAt + this.times.preDrainMs;
  }

  get #interruptsAt(): number {
    return Math.max(this.#refusesAt, this.signalledAt + this.times.graceMs - lastWordsMs);
  }

  get #endsAt(): number {
    return Math.max(this.#refusesAt, this.signalledAt + this.times.graceMs);
  }

  get ready(): boolean {
    return this.now < this.signalledAt;
  }

  get refusing(): boolean {
    return this.now >= this.#refusesAt;
  }

  signal(): void {
    if (!this.ready) this.exitCode = 1;
    else this.signalledAt = this.now;
    this.decide();
  }

  advance(ms: number): void {
    const until = this.now + ms;
    for (const at of [this.#refusesAt, this.#interruptsAt, this.#endsAt].filter((at) => at > this.now && at <= until)) {
      this.now = at;
      this.decide();
    }
    this.now = until;
  }

  decide(): void {
    if (!this.refusing || this.exitCode !== undefined) return;
    if (this.now >= this.#interruptsAt && this.interrupted.length === 0) this.interrupted = [...this.running];
    if (this.running.length > 0 && this.now < this.#endsAt) return;
    this.leftMs = Math.max(0, this.signalledAt + this.times.graceMs - this.now);
    this.exitCode = this.interrupted.length === 0 ? 0 : 1;
  }
}

/** An instance without its HTTP: the drain, the signals, the calls, with a process and a time of its own. */
export class DrainedInstance {
  readonly clock = new FakeClock(0);
  readonly drain = new Drain(this.clock, () => {});
  readonly calls = new RunningCalls();
  readonly process = Object.assign(new EventEmitter(), {
    exit: (code: number) => {
      this.exitCode ??= code;
    },
  });
  readonly interrupted: number[] = [];
  readonly #running = new Map<number, () => void>();
  exitCode: number | undefined;
  leftMs: number | undefined;

  constructor(readonly times: DrainTimes) {
    exitOnSignals(() => this.close(times), this.process);
  }

  get ready(): boolean {
    return this.drain.ready;
  }

  get refusing(): boolean {
    return this.drain.refusing;
  }

  close(times: DrainTimes): Promise<Drained> {
    return this.drain.run(times, {
      refuse: () => {},
      interrupt: () => this.interrupt(),
      close: async (leftMs) => {
        this.leftMs = leftMs;
      },
    });
  }

  interrupt(): number {
    return this.calls.interrupt();
  }

  signal(name: string): void {
    this.process.emit(name);
  }

  /** Lets the call in until what is returned is called. */
  enter(_id: number): () => void {
    return this.drain.enter();
  }

  /** Whether the call was let in. */
  begin(id: number): boolean {
    if (this.refusing) return false;
    const interruption = new Interrupter();
    interruption.listen(() => {
      const { reason } = interruption;
      if (reason instanceof ToolError && reason.code === 'SHUTTING_DOWN') this.interrupted.push(id);
      // In whatever order.
      this.interrupted.sort((a, b) => a - b);
    });
    const leave = this.enter(id);
    const seat: Seat<Interruptible> = this.calls.enter({ input: {}, requestId: `${id}`, interruption });
    this.#running.set(id, () => {
      this.calls.leave(seat);
      leave();
    });
    return true;
  }

  end(id: number): void {
    this.#running.get(id)?.();
  }
}

type Step = fc.AsyncCommand<DrainModel, DrainedInstance>;

function step(name: string, check: Step['check'], run: (model: DrainModel, real: DrainedInstance) => unknown): Step {
  return {
    check: (model) => model.exitCode === undefined && check(model),
    async run(model, real) {
      await run(model, real);
      // What follows from it follows at once.
      await real.clock.advance(0);
      for (const what of ['ready', 'refusing', 'interrupted', 'leftMs', 'exitCode'] as const) {
        const [expected, is] = [JSON.stringify(model[what]), JSON.stringify(real[what])];
        if (expected !== is) throw new Error(`${what}: ${is} instead of ${expected}`);
      }
    },
    toString: () => name,
  };
}

const begin = step(
  'begin',
  () => true,
  (model, real) => {
    const id = model.calls++;
    if (real.begin(id) === model.refusing) throw new Error(`a call was ${model.refusing ? 'let in' : 'refused'}`);
    if (!model.refusing) model.running.push(id);
  },
);

const end = (which: number): Step =>
  step(
    `end ${which}`,
    ({ running }) => running.length > 0,
    (model, real) => {
      const [id = 0] = model.running.splice(which % model.running.length, 1);
      real.end(id);
      model.decide();
    },
  );

const signal = (name: string): Step =>
  step(
    name,
    () => true,
    (model, real) => {
      model.signal();
      real.signal(name);
    },
  );

const advance = (ms: number): Step =>
  step(
    `advance ${ms}`,
    () => true,
    (model, real) => {
      model.advance(ms);
      return real.clock.advance(ms);
    },
  );

/** How long the drain may take. */
export const drainTimes: fc.Arbitrary<DrainTimes> = fc.record({
  preDrainMs: fc.constantFrom(0, 1_000, 5_000, 40_000),
  graceMs: fc.constantFrom(0, 4_000, 5_000, 10_000, 30_000),
});

/** Everything that can happen to an instance, in any order. */
export const drainSteps: fc.Arbitrary<Iterable<Step>> = fc.commands(
  [
    fc.constant(begin),
    fc.constant(begin),
    fc.nat(10).map(end),
    fc.nat(10).map(end),
    fc.constantFrom('SIGTERM', 'SIGINT').map(signal),
    fc.constantFrom(1, 999, 1_000, 4_000, 5_000, 20_000).map(advance),
    fc.constantFrom(1, 999, 1_000, 4_000, 5_000, 20_000).map(advance),
  ],
  { maxCommands: 30, size: 'max' },
);
