import type { OnRefusal } from '@sallyport/core';
import { describe, type Log } from './log.js';

/** The same, whatever it throws: that is a fault in the log, and the request is refused all the same. */
export function harmless(onRefusal: OnRefusal | undefined, log: Log): OnRefusal {
  if (onRefusal === undefined) return () => {};
  return (refusal) => {
    try {
      onRefusal(refusal);
    } catch (error) {
      log({ level: 'error', event: 'fault', ...describe(error) });
    }
  };
}
