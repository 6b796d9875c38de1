import type { Logger } from 'pino';
import type { Ended } from './outcome.js';

/** How serious a line is. */
export type Level = 'info' | 'warn' | 'error';

/** How a call ends that was refused; at the level of a warning. */
export const denials: ReadonlySet<string> = new Set(['rate_limited', 'denied', 'shed']);

/** At what level the line of a call is. A fault is one to the log once it has an id. */
export function levelOf({ status, isFault }: Ended, failed: boolean): Level {
  if (failed && isFault) return 'error';
  return denials.has(status) ? 'warn' : 'info';
}

/** Whether the log writes lines of this level, so that of those it does not nothing is made. */
export function takes(log: Logger, level: Level): boolean {
  // Whoever gives another logger than one of pino may not say.
  return (log as Partial<Logger>).isLevelEnabled?.(level) !== false;
}
