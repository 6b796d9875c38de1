import type { Clock } from '@sallyport/core';

/**
 * Runs `act` after `ms` and a turn in which what has come meanwhile was read and handled: a process that was set aside is late for both. What is
 * read in a turn is handled at its end, behind what was to be done there before. Gives the timer, when there is one.
 */
export function afterLook(clock: Clock, ms: number, act: () => void): unknown {
  const look = () => void setImmediate(() => setImmediate(act));
  if (ms > 0) return clock.setTimeout(look, ms);
  look();
  return undefined;
}
