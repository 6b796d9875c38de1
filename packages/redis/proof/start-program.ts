import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts a program of this folder in a process of its own, with a channel for messages. */
export function startProgram(program: string, job: object): ChildProcess {
  const file = fileURLToPath(new URL(program, import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(job)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Resolves when the program has ended well, and rejects when it has not. */
export async function ended(program: ChildProcess): Promise<void> {
  const [code, signal] = await once(program, 'close');
  if (code !== 0) throw new Error(`A program ended with ${code ?? signal}.`);
}
