import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { send } from '../support/raw-http.js';
import { spawnBound } from '../support/spawn-bound.js';
import type { BreakerRefusal } from './breaker-refusals.js';
import type { Probe, Question } from './probe.js';

const program = fileURLToPath(new URL('storm-server.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

/** One instance of the storm server, as a process. */
export interface Instance {
  readonly port: number;
  /** The last it has written to standard error. */
  readonly errors: readonly string[];
  readonly isRunning: boolean;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
  probe(): Promise<Probe>;
  /** Resolves when it has done as it was told. */
  tell(what: Exclude<Question, 'probe'>): Promise<void>;
  /** The values of the gauges on its metrics page, by name and labels. */
  gauges(): Promise<ReadonlyMap<string, number>>;
}

/** Who is told what happens in an instance. */
export interface InstanceListener {
  /** Redis did not decide on a call in its time. */
  onUndecided(): void;
  onRefused(refusal: BreakerRefusal): void;
}

const keptLines = 200;

/** Starts one and waits until it serves. Rejects with what it wrote when it ends before that. */
export async function startInstance(
  port: number,
  env: Readonly<Record<string, string>>,
  listener: InstanceListener,
): Promise<Instance> {
  const { PATH = '', HOME = '' } = process.env;
  const args = ['--expose-gc', '--import', tsx, program];
  const child = spawnBound(process.execPath, args, {
    env: { PATH, HOME, ...env, PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const exited = once(child, 'exit');
  const errors: string[] = [];
  createInterface(child.stderr as NodeJS.ReadableStream).on('line', (line) => {
    if (errors.push(line) > keptLines) errors.shift();
  });
  const metrics = await readyWithMetrics(child, errors, listener);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const ask = (question: Question) => {
    const answer = once(child, 'message');
    child.send(question);
    return answer;
  };
  return {
    port,
    errors,
    get isRunning() {
      return isRunning();
    },
    async stop() {
      if (isRunning()) child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async probe() {
      const [probe] = (await ask('probe')) as [Probe];
      return probe;
    },
    async tell(what) {
      await ask(what);
    },
    async gauges() {
      const { text } = await send(metrics, { method: 'GET' });
      return new Map(
        [...text.matchAll(/^(sallyport_[a-z_]+(?:\{[^}]*\})?) (\S+)$/gm)].map(([, name = '', value]) => [
          name,
          Number(value),
        ]),
      );
    },
  };
}

/** Resolves to the address of its metrics. */
function readyWithMetrics(
  child: ChildProcess,
  errors: readonly string[],
  { onUndecided, onRefused }: InstanceListener,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let metrics = '';
    createInterface(child.stdout as NodeJS.ReadableStream).on('line', (line) => {
      metrics = /^metrics (http\S+)$/.exec(line)?.[1] ?? metrics;
      if (/^ready http/.test(line)) resolve(metrics);
      else if (line === 'undecided') onUndecided();
      else if (line.startsWith('refused ')) onRefused(JSON.parse(line.slice('refused '.length)));
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready:\n${errors.join('\n')}`)));
  });
}
