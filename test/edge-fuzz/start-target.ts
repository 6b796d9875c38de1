import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Ended, Health, Ready } from './target.js';

/** A question to the process itself is answered in less, unless its event loop stands still. */
const patienceMs = 30_000;

/** The server that is attacked, in a process of its own. */
export interface Target extends Ready {
  readonly pid: number;
  /** How it does, after what is under way has ended. Rejects when the process is gone. */
  health(): Promise<Health>;
  /** Takes it out of service. */
  drain(): Promise<Ended>;
  stop(): Promise<void>;
}

/** What is special about it. */
export interface TargetOptions {
  /** The name of a bug that is put in front. */
  readonly bug?: string | undefined;
  /** Default 5,000. */
  readonly requestTimeoutMs?: number;
  /** Sessions for the 2025 era. Default none. */
  readonly sessions?: 'none' | 'memory' | undefined;
}

/** Starts it. Rejects with what it wrote when it ends before it is ready. */
export async function startTarget({
  bug = '',
  requestTimeoutMs = 5_000,
  sessions = 'none',
}: TargetOptions = {}): Promise<Target> {
  const child = fork(fileURLToPath(import.meta.resolve('./target.ts')), [bug, String(requestTimeoutMs), sessions], {
    execArgv: ['--import', import.meta.resolve('tsx'), '--expose-gc'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = `${errors}${chunk}`.slice(-4_000)));
  const gone = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`the server ended (${code ?? signal}): ${errors}`)));
  });
  gone.catch(() => {});
  const [ready] = (await Promise.race([once(child, 'message'), gone])) as [Ready];
  const ask = async <T>(question: string): Promise<T> => {
    const answer = once(child, 'message');
    child.send(question);
    let timer: NodeJS.Timeout | undefined;
    const hangs = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the server hangs: no answer to "${question}"`)), patienceMs);
    });
    const [said] = (await Promise.race([answer, gone, hangs]).finally(() => clearTimeout(timer))) as [T];
    return said;
  };
  return {
    ...ready,
    pid: child.pid ?? 0,
    health: () => ask<Health>('health'),
    drain: () => ask<Ended>('drain'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
