import { ask, insist, invoice, type Post, pause, read, refund, type Step, type Who } from './callers.js';

/** How many of each kind call. */
export interface StormShape {
  /** Follow what they are told, one call at a time, each well below its limits. */
  readonly steady: number;
  /** Hammer, four calls at a time, whatever they are told. */
  readonly greedy: number;
  /** Ask for eight slow reports at once, again and again. */
  readonly hogs: number;
}

const tenants = ['acme', 'globex'] as const;
/** Fewer than a thousand calls an hour, which is what an agent may make. */
const steadyPauseMs = 4_200;
const greedyPauseMs = 250;
const watchEveryMs = 250;
const watchTimeoutMs = 3_000;
/** More than an agent may have at once. */
const hogCalls = 8;

/** Whom the storm consists of. */
export interface Cast {
  readonly steady: readonly Who[];
  readonly greedy: readonly Who[];
  readonly hogs: readonly Who[];
  readonly watchers: readonly Who[];
}

/** Half of each kind for either tenant. */
export async function castOf(
  { steady, greedy, hogs }: StormShape,
  mint: (holder: { tenant: string; agent: string; plan?: string }) => Promise<string>,
): Promise<Cast> {
  const some = (count: number, kind: string, plan?: string) =>
    Promise.all(
      Array.from({ length: count }, async (_, n): Promise<Who> => {
        const tenant = tenants[n % tenants.length] as string;
        const agent = `${kind}-${n}`;
        return { tenant, agent, token: await mint({ tenant, agent, ...(plan === undefined ? {} : { plan }) }) };
      }),
    );
  return {
    steady: await some(steady, 'steady'),
    greedy: await some(greedy, 'greedy'),
    hogs: await some(hogs, 'hog'),
    watchers: await some(2, 'watcher', 'critical'),
  };
}

/**
 * All call until the post stops; resolves when the last has its answer. These agents are not those of the storm of `sallyport`: they
 * read answers and keep them as a history, and repeat a write under its key until they know what became of it, however often.
 */
export async function runStorm(post: Post, cast: Cast, random: () => number): Promise<void> {
  const until = async (turn: (n: number) => Promise<unknown>, pauseMs: () => number): Promise<void> => {
    for (let n = 0; !post.stopped.aborted; n++) {
      await turn(n);
      await pause(post, pauseMs());
    }
  };
  const steady = cast.steady.map((who) =>
    until(
      (n) => insist(post, who, stepOf(who, `${who.tenant} ${who.agent} ${n}`, random), n % 2 === 0 ? '2025' : '2026'),
      () => steadyPauseMs * (0.5 + random()),
    ),
  );
  const greedy = cast.greedy.flatMap((who) =>
    Array.from({ length: 4 }, (_, lane) =>
      until(
        (n) =>
          ask(
            post,
            who,
            n % 3 === 0 ? invoice(who, `${who.tenant} ${who.agent} ${lane} ${n}`) : { tool: 'list_tables' },
          ),
        () => greedyPauseMs,
      ),
    ),
  );
  const hogs = cast.hogs.flatMap((who) =>
    Array.from({ length: hogCalls }, () =>
      until(
        () => ask(post, who, { tool: 'slow_report', args: { seconds: 1 + random() }, timeoutMs: 4_000 }),
        () => 1_000 + 4_000 * random(),
      ),
    ),
  );
  await Promise.all([...steady, ...greedy, ...hogs, watch(post, cast.watchers, random)]);
}

function stepOf(who: Who, operation: string, random: () => number): Step {
  const which = random();
  if (which < 0.4) return invoice(who, operation);
  if (which < 0.45) return refund(who, operation, random);
  return read(random);
}

/** Calls four times a second, whether the call before was answered or not: half of them writes. */
async function watch(post: Post, watchers: readonly Who[], random: () => number): Promise<void> {
  const calls: Promise<unknown>[] = [];
  for (let n = 0; !post.stopped.aborted; n++) {
    const who = watchers[n % watchers.length] as Who;
    const step =
      n % 4 < 2
        ? invoice(who, `${who.tenant} ${who.agent} ${n}`)
        : { tool: 'list_invoices', args: { after_id: Math.floor(random() * 1_000) } };
    calls.push(ask(post, who, { ...step, timeoutMs: watchTimeoutMs }));
    await pause(post, watchEveryMs);
  }
  await Promise.all(calls);
}
