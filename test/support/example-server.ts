import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsx = import.meta.resolve('tsx');

const programs = {
  main: 'examples/postgres/src/main.ts',
  token: 'examples/postgres/src/token.ts',
  migrate: 'examples/postgres/src/migrate.ts',
  /** The example with tools that it must not ship. */
  'with more': 'test/support/example-with-more.ts',
} as const;
type Program = keyof typeof programs;

/** How a program of the example is started in a folder of its own, without the variables of the machine's. */
function command(program: Program, args: readonly string[], folder: string, env: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  return {
    command: process.execPath,
    args: ['--import', tsx, join(root, programs[program]), ...args],
    cwd: folder,
    env: { PATH, HOME, ...env },
  };
}

/** examples/postgres as a process of its own, as a user starts it. */
export interface ExampleServer {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything it has written so far. */
  readonly output: { stdout: string; stderr: string };
  /** A development token it accepts. */
  token(tenant: string, options?: { agent?: string; scope?: string; plan?: string }): Promise<string>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** A folder for the development key, so that suites do not share one. */
export function emptyFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sallyport-'));
}

/** Starts the example and waits for its `ready` line. Rejects with what it wrote when it ends before that. */
export async function startExample(
  env: Record<string, string> = {},
  folder?: string,
  program: Program = 'main',
): Promise<ExampleServer> {
  const cwd = folder ?? (await emptyFolder());
  const start = command(program, [], cwd, { PORT: '0', ...env });
  const child = spawn(start.command, start.args, { cwd, env: start.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const ready = /^ready (http\S+)$/.exec(line);
      if (ready?.[1] !== undefined) resolve(ready[1]);
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready:\n${output.stderr}`)));
  });
  return {
    url,
    child,
    output,
    token: (tenant, options) => mintToken(cwd, tenant, options),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      return child.exitCode;
    },
  };
}

/** Starts a program of the example with an environment or arguments it must refuse; resolves to its exit code and what it wrote. */
export async function refusedStart(
  env: Record<string, string>,
  args: readonly string[] = [],
  program: Program = 'main',
): Promise<{ code: number; stderr: string; stdout: string }> {
  const { command: file, ...start } = command(program, args, await emptyFolder(), { PORT: '0', ...env });
  return promisify(execFile)(file, start.args, { cwd: start.cwd, env: start.env, timeout: 60_000 }).then(
    () => {
      throw new Error('it ended as if all were well');
    },
    (error: { code: number; stderr: string; stdout: string }) => error,
  );
}

/** How a client starts the example over stdio. */
export function stdioTarget(folder: string, env: Record<string, string> = {}, program: Program = 'main') {
  return command(program, ['--stdio'], folder, env);
}

/** What `npx pnpm@12 -s run token` prints. */
async function mintToken(
  folder: string,
  tenant: string,
  {
    agent = 'agent-1',
    scope = 'mcp:tools:read mcp:tools:write',
    plan,
  }: { agent?: string; scope?: string; plan?: string } = {},
): Promise<string> {
  const { command: file, ...token } = command(
    'token',
    ['--tenant', tenant, '--agent', agent, '--scope', scope, ...(plan === undefined ? [] : ['--plan', plan])],
    folder,
    {},
  );
  const { stdout } = await promisify(execFile)(file, token.args, { cwd: folder, env: token.env });
  return stdout.trimEnd();
}
