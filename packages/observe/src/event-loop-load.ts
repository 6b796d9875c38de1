import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Load } from '@sallyport/core';

/**
 * What Node says of its event loop since it was last asked: for the `load` of `shed`. Each reader has its own.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { eventLoopLoad } from '@sallyport/observe';
 *
 * const stack = hardened({ shed: { load: eventLoopLoad() } });
 * ```
 */
export function eventLoopLoad(): () => Load {
  const resolutionMs = 10;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    // What is measured is the time between two timers, their own interval included.
    const delayMs = delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e6 - resolutionMs);
    delay.reset();
    return { delayMs, utilisation: utilization };
  };
}
