import type { Principal } from '@sallyport/core';
import { perPrincipal } from '@sallyport/core/adapter';
import { type Logger, pino } from 'pino';
import { callerFields } from './log-line.js';

/**
 * Gives the logger for one caller's calls, with who calls bound to it: pino then makes a text of that once, and not for every line.
 * One for each of the callers that came last, whatever it calls. `undefined` for a log that is told whole lines only, because it changes them.
 */
export function callerLog(log: Logger): ((caller: Principal) => Logger) | undefined {
  if (!takesBindings(log)) return undefined;
  const ofCaller = perPrincipal((caller) => log.child(callerFields(caller)));
  return (caller) => ofCaller(caller, '');
}

/** Whether a line comes out the same in two parts. Not where something of its owner's sees, adds to or nests the fields of each line. */
function takesBindings(log: Logger): boolean {
  const { formattersSym, hooksSym, mixinSym, nestedKeySym, streamSym } = pino.symbols as Readonly<
    Record<string, symbol>
  >;
  const own = log as unknown as Readonly<Record<symbol, { readonly [option: string]: unknown } | undefined>>;
  const of = (symbol: symbol | undefined) => (symbol === undefined ? undefined : own[symbol]);
  // Another copy of pino has other symbols: nobody can tell what it does.
  if (of(streamSym) === undefined) return false;
  return (
    of(mixinSym) === undefined &&
    !of(nestedKeySym) &&
    of(formattersSym)?.log === undefined &&
    of(hooksSym)?.logMethod === undefined
  );
}
