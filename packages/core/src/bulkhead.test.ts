import { FakeClock, type Gate, gate, layerHarness } from '@sallyport/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BulkheadModel, bulkheadSteps, type Slots } from '../test-rig/bulkhead-model.js';
import { Bulkhead } from './bulkhead.js';
import { depend } from './layers/depend.js';
import { ToolError } from './tool-error.js';
import type { ToolResult } from './tool-result.js';
import { Work } from './work.js';

const capacity = 3;
const numRuns = 10_000;

function agrees(subject: () => Slots) {
  return fc.asyncProperty(bulkheadSteps, (steps) =>
    fc.asyncModelRun(() => ({ model: new BulkheadModel(capacity), real: subject() }), steps),
  );
}

/** Slots that are taken and given back directly, each of them twice. */
function taken(bulkhead: Pick<Bulkhead, 'used' | 'isFull' | 'take'>): Slots {
  return {
    get used() {
      return bulkhead.used;
    },
    begin() {
      if (bulkhead.isFull) return undefined;
      const giveBack = bulkhead.take();
      return {
        answer() {},
        settle() {
          giveBack();
          giveBack();
        },
      };
    },
  };
}

interface Change {
  readonly maxConcurrent?: number;
  readonly whenSettled?: (work: Work, release: () => void) => void;
  readonly onRefusal?: (error: unknown) => Promise<never>;
}

/** Calls through `depend`: those that are answered early go on, as behind a deadline. */
function called({
  maxConcurrent = capacity,
  whenSettled = (work, release) => Work.prototype.whenSettled.call(work, release),
  onRefusal = (error) => Promise.reject(error),
}: Change = {}): Slots {
  const clock = new FakeClock();
  const layer = depend({ dependencies: { db: { maxConcurrent, minimumCalls: 1_000_000 } }, clock });
  const started: Gate<ToolResult>[] = [];
  const harness = layerHarness(layer, { depends: 'db' }, () => {
    const handler = gate<ToolResult>();
    started.push(handler);
    return handler.promise;
  });
  return {
    get used() {
      return layer.measures?.().find(({ name }) => name === 'in_use')?.value ?? Number.NaN;
    },
    async begin() {
      const work = new Work();
      work.whenSettled = (release) => whenSettled(work, release);
      let refusal: unknown;
      const answer = harness.call({ work });
      const running = started.pop();
      (running === undefined ? answer.catch(onRefusal) : answer).catch((error: unknown) => {
        refusal = error;
      });
      // The clock stands still: who has no answer after this was made to wait.
      await clock.advance(0);
      if (running === undefined) {
        expect(refusal).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
        return undefined;
      }
      const rest = gate<ToolResult>();
      return {
        async answer() {
          work.detach(rest.promise);
          running.fail(new ToolError('TOOL_TIMEOUT', 'Late.'));
          await clock.advance(0);
        },
        async settle() {
          running.open({});
          rest.open({});
          await clock.advance(0);
        },
      };
    },
  };
}

describe('in 10,000 generated histories it decides as the reference model does', () => {
  test.each<[string, () => Slots]>([
    ['taken directly', () => taken(new Bulkhead(capacity))],
    ['through calls', () => called()],
  ])('%s', async (_, subject) => {
    await fc.assert(agrees(subject), { numRuns });
  });
});

test('nobody takes a slot of a full bulkhead without asking', () => {
  const bulkhead = new Bulkhead(1);
  bulkhead.take();
  expect(() => bulkhead.take()).toThrow(RangeError);
  expect(bulkhead.used).toBe(1);
});

describe('the model finds slots that', () => {
  test.each<[string, () => Slots]>([
    ['are free when the caller is answered', () => called({ whenSettled: (_, release) => release() })],
    ['are never free again', () => called({ whenSettled: () => {} })],
    ['are one too many', () => called({ maxConcurrent: capacity + 1 })],
    ['are one too few', () => called({ maxConcurrent: capacity - 1 })],
    ['let one pass that finds them just full', () => taken(new OneOver(capacity))],
    ['are freed twice by who gives one back twice', () => taken(new FreedTwice(capacity))],
    ['are waited for', () => called({ onRefusal: () => new Promise(() => {}) })],
  ])('%s', async (_, bug) => {
    expect((await fc.check(agrees(bug), { numRuns })).failed).toBe(true);
  });
});

class OneOver extends Bulkhead {
  override get isFull(): boolean {
    return this.used > this.capacity;
  }
}

/** Counts what it is told, without knowing who holds a slot. */
class FreedTwice {
  used = 0;
  constructor(readonly capacity: number) {}

  get isFull(): boolean {
    return this.used >= this.capacity;
  }

  take(): () => void {
    this.used++;
    return () => {
      this.used--;
    };
  }
}
