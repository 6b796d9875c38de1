import { listenersByKind } from './listeners.js';
import type { StormBug } from './plans.js';

/** What an instance says of itself. */
export interface Probe {
  /** After a full garbage collection. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** What keeps its event loop busy, by kind, as Node names them: timers, sockets. */
  readonly resources: Readonly<Record<string, number>>;
  /** Listeners, by the class of what they listen to. */
  readonly listeners: Readonly<Record<string, number>>;
}

/** What the parent may ask. */
export type Question = 'probe' | { readonly stepWallClockMs: number } | { readonly bug: StormBug | undefined };

/** Answers questions of the parent over the channel between them, and ends with it. Needs `--expose-gc`. */
export function answerProbes(seed: (bug: StormBug | undefined) => void): void {
  process.on('message', (question: Question) => {
    if (question === 'probe') process.send?.(lookAround());
    else if ('bug' in question) seed(question.bug);
    else stepWallClock(question.stepWallClockMs);
    if (question !== 'probe') process.send?.('done');
  });
  process.once('disconnect', () => process.exit(1));
}

function lookAround(): Probe {
  // Twice: what finalizers let go of is freed by the second.
  globalThis.gc?.();
  globalThis.gc?.();
  const listeners = listenersByKind();
  // What it remembered of emitters that are gone is of the probe, not of the instance.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed: heapBytes, rss: rssBytes } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return { heapBytes, rssBytes, resources, listeners };
}

const RealDate = Date;

/** What this process takes for the time of day jumps; its monotonic clock goes on. */
function stepWallClock(byMs: number): void {
  const now = () => RealDate.now() + byMs;
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [number]) {
      super(...((args.length === 0 ? [now()] : args) as [number]));
    }
    static override now = now;
  } as DateConstructor;
}
