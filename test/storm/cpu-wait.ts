import { readFileSync } from 'node:fs';

/**
 * How long the main thread of this process has waited for a processor in all, in milliseconds, as Linux counts it: on a machine
 * that runs everything, time that passes here without being taken here.
 */
export function waitedForCpuMs(): number {
  const [, waitedNs] = readFileSync('/proc/self/schedstat', 'latin1').split(' ');
  return Number(waitedNs) / 1e6;
}
