import type { Principal } from '@sallyport/core';
import { perPrincipal } from '@sallyport/core/adapter';
import { type Logger, pino } from 'pino';
import { callerFields, fixedCost, type LoggedTool, type Said, toolFields } from './log-line.js';

/** A logger, and what it says by itself of each call. */
interface BoundLog extends Said {
  readonly log: Logger;
}

/** Agents call a few tools again and again. Of further ones each line says the tool itself. */
const mostTools = 4;

/** The loggers of one caller: pino makes a text of what is bound to one once, and not for every line. */
class CallerLog {
  readonly #caller: Principal;
  readonly #bound: BoundLog;
  readonly #ofTools = new Map<LoggedTool, BoundLog>();
  #isKept = false;

  constructor(log: Logger, caller: Principal) {
    this.#caller = caller;
    this.#bound = { log: log.child(callerFields(caller)), saysCaller: true, saysTool: false, saysCost: false };
  }

  of(tool: LoggedTool): BoundLog {
    const known = this.#ofTools.get(tool);
    if (known !== undefined) return known;
    // Who comes once, or with too many others to be kept, costs one logger.
    if (!this.#isKept || this.#ofTools.size >= mostTools) {
      this.#isKept = true;
      return this.#bound;
    }
    const fields = toolFields(tool);
    const cost = fixedCost(tool, this.#caller);
    if (cost !== undefined) fields.cost = cost;
    const log = this.#bound.log.child(fields);
    const bound = { log, saysCaller: true, saysTool: true, saysCost: cost !== undefined };
    this.#ofTools.set(tool, bound);
    return bound;
  }
}

/**
 * Gives the logger for one caller's calls to one tool, with what all of them have in common bound to it: who calls, what, and what it costs.
 * Kept for the callers that came last. `undefined` for a log that is told whole lines only, because it changes them.
 */
export function callerLog(log: Logger): ((caller: Principal, tool: LoggedTool) => BoundLog) | undefined {
  if (!takesBindings(log)) return undefined;
  const ofCaller = perPrincipal((caller) => new CallerLog(log, caller));
  return (caller, tool) => ofCaller(caller, '').of(tool);
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
