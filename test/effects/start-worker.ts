import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Both effects of a key: `pay` in the database, `send` elsewhere. */
const effects = ['pay', 'send'] as const;

/** One call of one tool. */
export interface StormCall {
  readonly id: number;
  readonly tool: (typeof effects)[number];
  readonly key: string;
}

/** What a worker answered. */
export interface Answered extends StormCall {
  readonly answer: {
    readonly isError?: boolean;
    readonly structuredContent?: { readonly id?: number | string };
    readonly _meta?: Readonly<Record<string, { readonly code?: string }>>;
  };
}

/** A line of a worker's output. */
export type WorkerLine = 'ready' | { readonly began: StormCall } | Answered;

/** An instance of a server, in a process of its own. */
export interface StormWorker {
  /** Whether it has answered all that it was asked. */
  readonly idle: boolean;
  /** Calls that it has begun and not answered, as far as its output was read. */
  readonly underWay: readonly StormCall[];
  /** Asks for both effects of each key; resolves when all were answered, or the process is gone. */
  ask(keys: readonly string[]): Promise<void>;
  /** SIGSTOP, and SIGCONT. */
  pause(): void;
  goOn(): void;
  /** SIGKILL. Resolves, when all that it had written was read, to the calls it had begun and not answered. */
  kill(): Promise<readonly StormCall[]>;
}

/** What a worker is told by its environment. */
export interface WorkerOptions {
  readonly databaseUrl: string;
  /** Where `send` sends. */
  readonly ledgerUrl: string;
  readonly bug?: string | undefined;
}

/** Starts one. Rejects when it ends before it is ready. */
export async function startWorker(
  file: string,
  { databaseUrl, ledgerUrl, bug }: WorkerOptions,
  onAnswer: (answered: Answered) => void,
): Promise<StormWorker> {
  const child = spawn(process.execPath, [file], {
    env: {
      PATH: process.env.PATH ?? '',
      DATABASE_URL: databaseUrl,
      LEDGER_URL: ledgerUrl,
      ...(bug === undefined ? {} : { BUG: bug }),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // A process that was killed does not read what it is sent.
  child.stdin.on('error', () => {});
  const closed = once(child, 'close');
  const begun = new Map<number, StormCall>();
  const waiting = new Map<number, () => void>();
  let ids = 0;
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the worker ended before it was ready')));
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as WorkerLine;
      if (line === 'ready') return resolve();
      if ('began' in line) return void begun.set(line.began.id, line.began);
      begun.delete(line.id);
      onAnswer(line);
      waiting.get(line.id)?.();
      waiting.delete(line.id);
    });
  });

  const askFor = (tool: StormCall['tool'], key: string): Promise<unknown> => {
    ids += 1;
    const call: StormCall = { id: ids, tool, key };
    child.stdin.write(`${JSON.stringify(call)}\n`);
    return new Promise<void>((resolve) => waiting.set(call.id, resolve));
  };
  return {
    get idle() {
      return waiting.size === 0;
    },
    get underWay() {
      return [...begun.values()];
    },
    async ask(keys) {
      const answered = Promise.all(keys.flatMap((key) => effects.map((tool) => askFor(tool, key))));
      await Promise.race([answered, closed]);
    },
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL');
      await closed;
      return [...begun.values()];
    },
  };
}
