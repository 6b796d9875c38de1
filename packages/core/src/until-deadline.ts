import type { Call } from './call.js';
import type { Clock } from './clock.js';
import { settledWithin } from './settled-within.js';

/** What is waited by: the call's time, and what keeps its slot. */
export type Timed = Pick<Call, 'work'> & { readonly remainingMs: () => number };

/**
 * Waits until `rest` has settled, but not past the call's deadline: what takes longer goes on, and keeps the call's slot until
 * it has settled. Never rejects.
 */
export function untilDeadline({ work, remainingMs }: Timed, rest: Promise<unknown>, clock: Clock): Promise<void> {
  const ended = rest.then(ignore, ignore);
  return settledWithin(ended, remainingMs(), clock, () => work.detach(ended));
}

function ignore(): void {}
