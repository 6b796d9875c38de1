import type { Behaviour } from './behaviour.js';

/** How often an ordinary agent calls, where nobody says otherwise. */
export const defaultPerSecond = 1;

/**
 * The agents of a storm by their names, for an ordinary agent that calls `perSecond` times a second.
 *
 * @example
 * ```ts
 * import { type Behaviour, behaviours } from 'sallyport/storm';
 *
 * const hurried: Behaviour = { ...behaviours(10).patient, priority: 'critical' };
 * ```
 */
export function behaviours(perSecond = defaultPerSecond) {
  return {
    patient: { rhythm: { kind: 'steady', perSecond }, manners: { kind: 'follows' } },
    urgent: { rhythm: { kind: 'steady', perSecond }, manners: { kind: 'follows' }, priority: 'critical' },
    batch: {
      rhythm: { kind: 'bursts', size: 10, pauseMs: 10_000 / perSecond },
      manners: { kind: 'follows' },
      priority: 'batch',
    },
    bursty: {
      rhythm: { kind: 'bursts', size: 5, pauseMs: 5_000 / perSecond },
      manners: { kind: 'retries', times: 2, afterMs: 500 },
    },
    planner: { rhythm: { kind: 'loop', thinkMs: 200 / perSecond }, manners: { kind: 'ignores' }, fixated: true },
    retrier: {
      rhythm: { kind: 'loop', thinkMs: 1_000 / perSecond },
      manners: { kind: 'retries', times: 5, afterMs: 100 },
    },
    quitter: {
      rhythm: { kind: 'steady', perSecond },
      manners: { kind: 'follows' },
      quits: { share: 0.5, withinMs: 50 },
    },
    rogue: { rhythm: { kind: 'steady', perSecond: 50 * perSecond }, manners: { kind: 'ignores' } },
  } as const satisfies Record<string, Behaviour>;
}

/** The name of one of them. */
export type BehaviourName = keyof ReturnType<typeof behaviours>;

/** What each does, in words. */
export const behaviourTexts: Readonly<Record<BehaviourName, string>> = {
  patient: 'calls at random times and waits as long as it is told',
  urgent: 'the same, and asks for the highest priority',
  batch: 'ten calls at once, then a pause; waits as it is told; low priority',
  bursty: 'five calls at once, then a pause; repeats what is refused, twice, whatever it is told',
  planner: 'calls one tool again and again, as fast as it is answered',
  retrier: 'repeats what is refused, five times, whatever it is told',
  quitter: 'gives up half of its calls before they are answered',
  rogue: 'fifty times as many calls as the others, whatever it is told',
};
