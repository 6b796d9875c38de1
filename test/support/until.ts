import { setTimeout as wait } from 'node:timers/promises';

/** Waits until `probe` says so. */
export async function until(probe: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  for (const began = performance.now(); !(await probe()); await wait(50)) {
    if (performance.now() - began > timeoutMs) throw new Error(`not within ${timeoutMs} ms`);
  }
}
