import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '@sallyport/testkit';
import { ask, invoice, type Post, pause, type Who } from './callers.js';
import type { Effect, RecordedCall } from './history.js';
import { judgeEffects } from './judge-effects.js';
import type { StormFleet } from './storm-fleet.js';
import { type Restart, whereLost } from './where-lost.js';

/** How often, and how the instance is taken out. */
export interface RestartOptions {
  readonly restarts: number;
  /** `signal`: SIGTERM alone, nginx finds out. `announced`: nginx is told first. */
  readonly way: 'signal' | 'announced';
  readonly seed: number;
  readonly progress?: (line: string) => void;
}

/** What the callers saw of it. */
export interface RestartFigures {
  readonly restarts: number;
  readonly effects: number;
  /** Calls that failed, by code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Calls on which Redis did not decide in its time, and which were refused for that. */
  readonly undecided: number;
  /** Of calls that ended without an answer of an instance: when, and what nginx said of them. */
  readonly lost: readonly string[];
  readonly wrong: readonly string[];
  /** Exit codes other than 0. */
  readonly badExits: number;
}

const writers = 6;

/** Restarts the instances one after the other while writers write, each operation under one key until it succeeds. */
export async function rollingRestarts(
  fleet: StormFleet,
  { restarts, way, seed, progress = () => {} }: RestartOptions,
): Promise<RestartFigures> {
  const calls: RecordedCall[] = [];
  const done: Restart[] = [];
  const lostBefore = (await fleet.nginx.lost()).length;
  const undecidedBefore = fleet.undecided.length;
  const stop = new AbortController();
  const random = randomFrom(seed);
  const post: Post = {
    origin: fleet.nginx.origin,
    connections: false,
    now: () => performance.now(),
    record: (call) => void calls.push(call),
    stopped: stop.signal,
  };
  const write = async (n: number): Promise<void> => {
    const agent = `writer-${way}-${seed}-${n}`;
    const token = await fleet.issuer.mint({ tenant: 'acme', agent, plan: 'load' });
    const who: Who = { tenant: 'acme', agent, token };
    for (let written = 0; !stop.signal.aborted; written++) {
      const step = invoice(who, `acme ${agent} ${written}`);
      while ((await ask(post, who, step)).code !== 'ok') await pause(post, 50);
      await pause(post, 40 * random());
    }
  };
  const load = Promise.all(Array.from({ length: writers }, (_, n) => write(n)));
  let badExits = 0;
  try {
    for (let restart = 0; restart < restarts; restart++) {
      const at = restart % fleet.instances.length;
      const instance = fleet.instances[at];
      if (restart > 0 && restart % 10 === 0) progress(`${restart} restarts, ${way}`);
      await wait(300);
      if (way === 'announced') await fleet.nginx.leaveOut(instance?.port);
      const signalAt = performance.now();
      if ((await instance?.stop()) !== 0) badExits++;
      const exitAt = performance.now();
      await fleet.restart(at);
      const { port = 0, drain = [] } = instance ?? {};
      done.push({ port, signalAt, exitAt, readyAt: performance.now(), drain });
      if (way === 'announced') await fleet.nginx.leaveOut();
    }
    await wait(300);
  } finally {
    stop.abort();
    await load;
  }
  const effects = await fleet.database.query<Effect & Record<string, unknown>>(
    'select memo as operation, tenant_id as tenant, id::int as row from invoices where memo like $1',
    [`acme writer-${way}-${seed}-%`],
  );
  const failures: Record<string, number> = {};
  for (const { code } of calls) if (code !== 'ok') failures[code] = (failures[code] ?? 0) + 1;
  const undecided = fleet.undecided.length - undecidedBefore;
  const unanswered = calls.filter(({ code }) => /^(lost|reset|HTTP)/.test(code));
  const said = (await fleet.nginx.lost()).slice(lostBefore);
  const lost = [
    ...unanswered.map((call) => whereLost(call, done)),
    ...said.map(({ port, why }) => `nginx, of ${port}: ${why}`),
  ];
  const wrong = judgeEffects(calls, effects, []);
  return { restarts, effects: effects.length, failures, undecided, lost, wrong, badExits };
}
