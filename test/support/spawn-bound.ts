import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** How a program ends with this process. */
interface Bound extends SpawnOptions {
  /** Default SIGKILL. */
  readonly deathSignal?: 'TERM' | 'KILL';
  /** Whom it runs as. */
  readonly user?: string;
}

/**
 * Starts a program that ends when this process does, whatever ends it (`PR_SET_PDEATHSIG`, through setpriv of util-linux): a
 * proof that is killed leaves no server behind.
 */
export function spawnBound(
  command: string,
  args: readonly string[],
  { deathSignal = 'KILL', user, ...options }: Bound = {},
): ChildProcess {
  const as = user === undefined ? [] : ['--reuid', user, '--regid', user, '--clear-groups'];
  return spawn('setpriv', ['--pdeathsig', deathSignal, ...as, command, ...args], options);
}
