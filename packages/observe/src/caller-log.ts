import type { Principal } from '@sallyport/core';
import { perPrincipal } from '@sallyport/core/adapter';
import type { Logger } from 'pino';
import { callerFields } from './log-line.js';
import { isPlain } from './plain-log.js';

/**
 * Gives the logger for one caller's calls, with who calls bound to it: pino then makes a text of that once, and not for every line.
 * One for each caller that is remembered, whatever it calls. `undefined` for a log that is told whole lines only, because it changes them.
 */
export function callerLog(log: Logger): ((caller: Principal) => Logger) | undefined {
  if (!isPlain(log)) return undefined;
  const ofCaller = perPrincipal((caller) => log.child(callerFields(caller)));
  return (caller) => ofCaller(caller, '');
}
