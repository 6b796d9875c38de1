import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Which core each side is bound to; `undefined` where that cannot be done. */
export interface Cores {
  readonly server: number;
  readonly load: number;
}

/** Two cores, when there are two and `taskset` can bind to them: the load then takes nothing from the server it measures. */
export function cores(): Cores | undefined {
  if (availableParallelism() < 2 || spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status !== 0)
    return undefined;
  const { stdout, status } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' });
  const [server, load] = status === 0 ? allowed(stdout) : [];
  return server === undefined || load === undefined ? undefined : { server, load };
}

/** The cores in `…: 0-2,5`. */
function allowed(affinity: string): number[] {
  const list = affinity.slice(affinity.lastIndexOf(':') + 1).trim();
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
