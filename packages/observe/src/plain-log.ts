import { type Logger, pino } from 'pino';

/**
 * Whether a line comes out the same in two parts, and later than in the call that it is of. Not where something of its owner's sees, adds
 * to or nests what is written: it wants all of a line, and may ask in which call it runs.
 */
export function isPlain(log: Logger): boolean {
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
    of(hooksSym)?.logMethod === undefined &&
    of(hooksSym)?.streamWrite === undefined
  );
}
