import { DatabaseError } from './database-error.js';
import { interruptionOf } from './interruption.js';
import type { Scope } from './scope.js';

/** How long a scope that has ended may take to end what it began. */
const endingMs = 500;

/**
 * What `work` comes to; but half a second after its scope has ended the scope's reason is thrown. When `isSaving` says that the
 * work can no longer be stopped it is waited for until its time is over, and `commit_unknown` is thrown then. A server that says
 * nothing would otherwise keep the caller while its connection is given up. The work goes on to its end.
 */
export function unlessLate<T>(
  work: Promise<T>,
  scope: Pick<Scope, 'signal' | 'remainingMs'>,
  isSaving: () => boolean,
): Promise<T> {
  const { signal, dispose } = interruptionOf(scope);
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onEnd = (): void => {
      timer = setTimeout(() => {
        const { reason } = signal as { readonly reason: DatabaseError };
        if (!isSaving()) reject(reason);
        else if (reason.kind === 'timeout') reject(stillSaving(reason));
      }, endingMs);
    };
    if (signal.aborted) onEnd();
    else signal.addEventListener('abort', onEnd, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      dispose();
    });
  });
}

function stillSaving(cause: DatabaseError): DatabaseError {
  return new DatabaseError('commit_unknown', 'the database did not answer to COMMIT in time', { cause });
}
