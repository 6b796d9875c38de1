import type { Finding, Findings } from './finding.js';

/** Twice what the page on overload advises. Far above it the pool refuses, whatever the priority, before anything is shed. */
const tooManyPerConnection = 8;

/** Whether the calls that `shed` lets run at once, `maxLimit`, are as many as a pool can carry. */
export function shedRoom({ ok, warning }: Findings, connections: number, maxLimit: number): Finding {
  const what = `shed lets up to ${maxLimit} calls run at once, on a pool of ${connections}`;
  if (maxLimit <= tooManyPerConnection * connections) return ok(what);
  return warning(
    `${what}: it is full before anything is shed, and refuses whatever the priority`,
    `set the bounds of shed from the pool: minLimit ${connections}, initialLimit ${2 * connections}, maxLimit ${4 * connections}`,
  );
}
