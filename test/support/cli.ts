import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { emptyFolder } from './example-server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'packages/sallyport/src/main.ts');

/** The module of the example that the command line reads. */
export const exampleModule = join(root, 'examples/postgres/src/sallyport.ts');

/** What Node is started with, before the arguments of the command line. */
export const cliArguments = ['--import', import.meta.resolve('tsx'), main] as const;

/** How a run of the command line ended. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sallyport` as a process of its own, in an empty folder and without the variables of the machine's. Never rejects. */
export async function sallyport(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliRun> {
  const { PATH = '', HOME = '' } = process.env;
  const cwd = await emptyFolder();
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...cliArguments, ...args],
      { cwd, env: { PATH, HOME, ...env }, timeout: 55_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}
