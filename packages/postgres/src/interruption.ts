import { DatabaseError } from './database-error.js';
import type { Scope } from './scope.js';

/** A signal for the end of a scope, whichever comes first: its signal aborts or its time runs out. */
export interface Interruption {
  readonly signal: AbortSignal;
  readonly dispose: () => void;
}

const longestTimerMs = 2 ** 31 - 1;

/** The reason of the signal is the `DatabaseError` to throw: `cancelled` or `timeout`. Dispose of it when the work is over. */
export function interruptionOf({ signal, remainingMs }: Pick<Scope, 'signal' | 'remainingMs'>): Interruption {
  const ended = new AbortController();
  const onAbort = (): void =>
    ended.abort(new DatabaseError('cancelled', 'the caller gave up', { cause: signal.reason }));
  const onDeadline = (): void => ended.abort(new DatabaseError('timeout', 'the time left for the database ran out'));

  const leftMs = remainingMs();
  let timer: NodeJS.Timeout | undefined;
  if (signal.aborted) onAbort();
  else if (leftMs <= 0) onDeadline();
  else if (leftMs <= longestTimerMs) timer = setTimeout(onDeadline, leftMs);
  signal.addEventListener('abort', onAbort, { once: true });

  return {
    signal: ended.signal,
    dispose: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
