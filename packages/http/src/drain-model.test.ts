import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DrainedInstance, DrainModel, drainSteps, drainTimes } from '../test-rig/drain-model.js';
import type { DrainTimes } from './drain.js';

type Subject = new (times: DrainTimes) => DrainedInstance;

const agrees = (instance: Subject) =>
  fc.asyncProperty(drainTimes, drainSteps, (times, steps) =>
    fc.asyncModelRun(() => ({ model: new DrainModel(times), real: new instance(times) }), steps),
  );

const runs = { numRuns: 10_000, seed: 1 };

test('in 10,000 generated histories an instance drains as the reference model does', async () => {
  await fc.assert(agrees(DrainedInstance), runs);
});

/** One whose drain has other times than it was given. */
const timed = (wrong: (times: DrainTimes) => Partial<DrainTimes>): Subject =>
  class extends DrainedInstance {
    override close(times: DrainTimes) {
      return super.close({ ...times, ...wrong(times) });
    }
  };

const bugs: Readonly<Record<string, Subject>> = {
  'is ready until it refuses': class extends DrainedInstance {
    override get ready() {
      return !this.refusing;
    }
  },
  'refuses before the pre-drain is over': timed(({ preDrainMs }) => ({ preDrainMs: preDrainMs - 1 })),
  'refuses after it is over': timed(({ preDrainMs }) => ({ preDrainMs: preDrainMs + 1 })),
  'interrupts too early': timed(({ graceMs }) => ({ graceMs: graceMs - 1 })),
  'interrupts too late': timed(({ graceMs }) => ({ graceMs: graceMs + 1 })),
  'interrupts nobody': class extends DrainedInstance {
    override interrupt() {
      return 1;
    }
  },
  'does not wait for the call that began first': class extends DrainedInstance {
    override enter(id: number) {
      return id === 0 ? () => {} : super.enter(id);
    }
  },
  'ends well with calls cut off': class extends DrainedInstance {
    override async close(times: DrainTimes) {
      await super.close(times);
      return { cutOff: 0 };
    }
  },
  'does not hear a second signal': class extends DrainedInstance {
    override signal(name: string) {
      if (this.ready) super.signal(name);
    }
  },
};

test.each(Object.entries(bugs))('the model finds an instance that %s', async (_, bug) => {
  expect((await fc.check(agrees(bug), runs)).failed).toBe(true);
});
