import fc from 'fast-check';

/** A call that holds a slot. */
export interface SlotHolder {
  /** Its caller is answered while it goes on: a deadline, a cancellation. */
  answer(): void | Promise<void>;
  /** What it ran has settled. */
  settle(): void | Promise<void>;
}

/** What is tested: slots for calls, or slots with a bug. */
export interface Slots {
  readonly used: number;
  /** Nothing when it was refused, which must be at once. */
  begin(): SlotHolder | undefined | Promise<SlotHolder | undefined>;
}

/** What a bulkhead must do, said by the list of the calls that run. */
export class BulkheadModel {
  readonly running: { readonly holder: SlotHolder; answered: boolean }[] = [];

  constructor(readonly capacity: number) {}
}

type Step = fc.AsyncCommand<BulkheadModel, Slots>;

function expectAllHeld({ running }: BulkheadModel, { used }: Slots): void {
  if (used !== running.length) throw new Error(`${used} slots are taken and ${running.length} calls run`);
}

const begin: Step = {
  check: () => true,
  async run(model, real) {
    const hasRoom = model.running.length < model.capacity;
    const holder = await real.begin();
    if ((holder !== undefined) !== hasRoom) throw new Error(hasRoom ? 'refused with room' : 'admitted without room');
    if (holder !== undefined) model.running.push({ holder, answered: false });
    expectAllHeld(model, real);
  },
  toString: () => 'begin',
};

const answer = (which: number): Step => ({
  check: ({ running }) => running.some(({ answered }) => !answered),
  async run(model, real) {
    const waiting = model.running.filter(({ answered }) => !answered);
    const call = waiting[which % waiting.length];
    if (call === undefined) return;
    call.answered = true;
    await call.holder.answer();
    expectAllHeld(model, real);
  },
  toString: () => `answer ${which}`,
});

const settle = (which: number): Step => ({
  check: ({ running }) => running.length > 0,
  async run(model, real) {
    const [call] = model.running.splice(which % model.running.length, 1);
    await call?.holder.settle();
    expectAllHeld(model, real);
  },
  toString: () => `settle ${which}`,
});

/** Everything that can happen to a bulkhead, in any order; calls come more often than anything else. */
export const bulkheadSteps = fc.commands(
  [fc.constant(begin), fc.constant(begin), fc.nat(10).map(answer), fc.nat(10).map(settle)],
  { maxCommands: 25, size: 'max' },
);
