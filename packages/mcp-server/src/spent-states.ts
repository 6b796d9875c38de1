/** Remembers which request states were read, for all instances that may see them again. */
export interface SpentStates {
  /** Atomically: `true` the first time for this id, `false` from then on, at least until `untilMs` (Unix milliseconds). */
  spend(id: string, untilMs: number): Promise<boolean>;
}

/**
 * The memory of one process.
 *
 * @example
 * ```ts
 * import { memorySpentStates, requestStates } from '@sallyport/mcp-server';
 *
 * const key = crypto.getRandomValues(new Uint8Array(32));
 * const states = requestStates<{ step: number }>([key], memorySpentStates());
 * ```
 */
export function memorySpentStates(now: () => number = Date.now): SpentStates {
  const spent = new Map<string, number>();
  return {
    async spend(id, untilMs) {
      // Sealed in the order in which they expire, near enough: what is left over goes with a later one.
      for (const [old, until] of spent) {
        if (until > now()) break;
        spent.delete(old);
      }
      if (spent.has(id)) return false;
      spent.set(id, untilMs);
      return true;
    },
  };
}
