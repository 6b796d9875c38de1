import type { Drained } from './drain.js';

const names = ['SIGTERM', 'SIGINT'] as const;

/**
 * Ends the process when it is told to: after the drain with 0, or with 1 when something was cut off. A second signal exits
 * at once. Returns a function that lets go of the signals.
 */
export function exitOnSignals(drain: () => Promise<Drained>): () => void {
  let leaving = false;
  const onSignal = () => {
    if (leaving) process.exit(1);
    leaving = true;
    drain().then(
      ({ cutOff }) => process.exit(cutOff === 0 ? 0 : 1),
      () => process.exit(1),
    );
  };
  for (const name of names) process.on(name, onSignal);
  return () => {
    for (const name of names) process.off(name, onSignal);
  };
}
