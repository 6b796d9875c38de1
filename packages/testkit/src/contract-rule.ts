/**
 * One rule of a contract. `prove` resolves when the implementation keeps it and rejects with an `AssertionError` when it
 * does not, so a contract runs under any test runner, and a test can also show that a broken store fails it.
 */
export interface ContractRule {
  /** The rule as a sentence: a title for the test that proves it. */
  readonly title: string;
  readonly prove: () => Promise<void>;
}

/** A fresh, empty store, and the way to move its time. */
export interface StoreUnderTest<Store> {
  readonly store: Store;
  /**
   * Lets `ms` milliseconds pass on the clock the store reads. For a store with a clock of its own (Redis, Postgres) this
   * waits; say then in `toleranceMs` how exactly.
   */
  advance(ms: number): Promise<void>;
  /** How far a call may be off the time `advance` meant, in milliseconds. Default 0: the clock is the test's own. */
  readonly toleranceMs?: number;
  /**
   * Makes the store silent for `ms` milliseconds from now on, and resolves when it is: what is sent meanwhile arrives afterwards.
   * Left out where that cannot happen, because the store decides inside the process.
   */
  stall?(ms: number): Promise<void>;
  /** Frees what the store holds, after the rule was proved or broken. */
  dispose?(): Promise<void>;
}

/** Gives the rule a fresh store and takes it away again. */
export function rule<Subject extends Pick<StoreUnderTest<unknown>, 'dispose'>>(
  fresh: () => Subject | Promise<Subject>,
  title: string,
  body: (subject: Subject) => Promise<void>,
): ContractRule {
  return {
    title,
    async prove() {
      const subject = await fresh();
      try {
        await body(subject);
      } finally {
        await subject.dispose?.();
      }
    },
  };
}
