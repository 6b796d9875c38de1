import { setTimeout as wait } from 'node:timers/promises';

/**
 * Begins so many things a second for so long, whether those before have ended or not: arrivals that wait for nobody, at random
 * (Poisson), as many callers who do not know of each other make them. `begin` is told when each was due; a late start is
 * part of its latency. Resolves when the last has ended.
 */
export async function openLoop(
  perSecond: number,
  forMs: number,
  random: () => number,
  begin: (dueMs: number) => Promise<unknown>,
): Promise<void> {
  const started = performance.now();
  const begun: Promise<unknown>[] = [];
  const gap = () => (-Math.log(1 - random()) * 1_000) / perSecond;
  for (let dueMs = gap(); dueMs < forMs; dueMs += gap()) {
    const early = started + dueMs - performance.now();
    if (early > 1) await wait(early);
    begun.push(begin(started + dueMs));
  }
  await Promise.all(begun);
}
