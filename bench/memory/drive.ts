import { collectGarbage } from './collect-garbage.js';
import type { Sample } from './sample.js';

const concurrent = 32;

/**
 * Makes the calls, 32 at a time and each agent in turn, and tells the parent process how much memory there is ten times on
 * the way. `call` resolves to whether it was admitted.
 */
export async function drive(calls: number, agents: number, call: (agent: number) => Promise<boolean>): Promise<void> {
  const every = Math.ceil(calls / 10);
  let refused = 0;
  let due = 0;
  for (let done = 0; done <= calls; done += concurrent) {
    if (done >= due) {
      const rssBytes = process.memoryUsage.rss();
      collectGarbage();
      const { heapUsed } = process.memoryUsage();
      process.send?.({ calls: done, rssBytes, heapBytes: heapUsed, refused } satisfies Sample);
      due += every;
    }
    const admitted = await Promise.all(Array.from({ length: concurrent }, (_, index) => call((done + index) % agents)));
    refused += admitted.filter((yes) => !yes).length;
  }
  process.disconnect?.();
}
