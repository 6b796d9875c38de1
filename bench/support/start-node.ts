import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';

const bench = join(import.meta.dirname, '..');
const preloaded = ['tsx', './support/load-built.ts', './support/report-usage.ts'];

/** Runs a program of `bench/` in a process of its own, with our packages as they are published, bound to a core if given. */
export function startNode(
  program: string,
  args: readonly string[],
  core: number | undefined,
  stdio: SpawnOptions['stdio'],
): ChildProcess {
  const node = [process.execPath, ...preloaded.flatMap((file) => ['--import', file]), program, ...args];
  const [command = '', ...rest] = core === undefined ? node : ['taskset', '-c', String(core), ...node];
  return spawn(command, rest, { cwd: bench, stdio });
}
