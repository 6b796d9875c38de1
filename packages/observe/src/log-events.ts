import type { Logger } from 'pino';
import { causeText } from './cause-text.js';
import { chosenText, shortText } from './chosen-text.js';
import { type Level, takes } from './log-level.js';
import { redactedJson, redactText } from './redact-text.js';

/** Something that happened beside the calls: at the edge, to the store of limits, in the background. */
export interface LoggedEvent {
  readonly level: Level;
  readonly event: string;
  readonly [field: string]: unknown;
}

/**
 * Writes such events to the log that has the calls, without what looks like a secret: for the `log` of `serve`, and for whatever
 * else has something to tell an operator. Ids of errors stay whole, and so does `effect`, the key of an effect;
 * who a verified token names (`issuer`, `subject`, `agent`, `tenant`) is only bounded.
 *
 * @example
 * ```ts
 * import { logEvents } from '@sallyport/observe';
 * import { pino } from 'pino';
 *
 * const log = logEvents(pino());
 * log({ level: 'warn', event: 'not-ready', cause: new Error('connect postgres://app:hunter2@db failed') });
 * ```
 */
export function logEvents(log: Logger): (event: LoggedEvent) => void {
  return ({ level, event, ...fields }) => {
    try {
      if (!takes(log, level)) return;
      const shown = Object.entries(fields).map(([name, value]) => [name, shownAs(name, value)]);
      log[level]({ event, ...Object.fromEntries(shown) }, event);
    } catch {
      // A full disk must not end what has something to tell.
    }
  };
}

/** An id that the framework made, at random or as a hash. An operator looks it up elsewhere, so it must be whole. */
function isOwnId(name: string, value: unknown): boolean {
  return name === 'errorId' || (name === 'effect' && typeof value === 'string' && /^[0-9a-f]{64}$/.test(value));
}

/** Who a verified token names, and the id that a client gave its request: as in the line of a call. */
const verified: ReadonlySet<string> = new Set(['issuer', 'subject', 'agent', 'tenant']);
const chosen: ReadonlySet<string> = new Set(['requestId', 'request']);

function shownAs(name: string, value: unknown): unknown {
  if (isOwnId(name, value)) return value;
  if (typeof value === 'string' && verified.has(name)) return shortText(value);
  if (typeof value === 'string' && chosen.has(name)) return chosenText(value);
  return safe(value);
}

function safe(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null) return value;
  if (value instanceof Error) return causeText(value);
  return typeof value === 'string' ? redactText(value) : redactedJson(value);
}
