import type { Drained } from './drain.js';

const names = ['SIGTERM', 'SIGINT'] as const;

/** What is told and ended: a process. */
export type Signalled = Pick<NodeJS.EventEmitter, 'on' | 'off'> & { exit(code: number): void };

/**
 * Ends the process when it is told to: after the drain with 0, or with 1 when something was cut off. A second signal exits
 * at once. Returns a function that lets go of the signals.
 */
export function exitOnSignals(drain: () => Promise<Drained>, owner: Signalled = process): () => void {
  let leaving = false;
  const onSignal = () => {
    if (leaving) return owner.exit(1);
    leaving = true;
    drain().then(
      ({ cutOff }) => owner.exit(cutOff === 0 ? 0 : 1),
      () => owner.exit(1),
    );
  };
  for (const name of names) owner.on(name, onSignal);
  return () => {
    for (const name of names) owner.off(name, onSignal);
  };
}
