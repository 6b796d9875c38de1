import { channel } from 'node:diagnostics_channel';
import type { Logger } from 'pino';
import type { Level } from './log-level.js';
import { isPlain } from './plain-log.js';

interface Line {
  readonly log: Logger;
  readonly level: Level;
  readonly fields: object;
  readonly message: string;
}

/** So many are written at once, also where the event loop never turns. */
const most = 32;

/** All lines of the process that wait, so that they are written in the order in which their calls ended. */
let lines: Line[] = [];
let isDue = false;

/** Where whoever watches the process is told of each line, in the call that it is of. */
const told = channel('tracing:pino_asJson:start');

// Before the logger writes what it holds back itself.
process.prependListener('exit', logNow);

/** Writes a line. */
type LogLine = (log: Logger, level: Level, fields: object, message: string) => void;

/** How lines of this log and its children are written: later where nobody can tell the difference. */
export function lineLog(log: Logger): LogLine {
  return isPlain(log) ? logLater : (own, level, fields, message) => own[level](fields, message);
}

/**
 * Logs at the end of this turn of the event loop, together with whatever else ends in it: what a line costs is mostly that its code
 * is not in the caches of the processor. A fault is logged at once, behind what waits. What waits is also logged when the process
 * exits.
 */
export function logLater(log: Logger, level: Level, fields: object, message: string): void {
  lines.push({ log, level, fields, message });
  if (level === 'error' || lines.length >= most || told.hasSubscribers) logNow();
  else if (!isDue) {
    isDue = true;
    setImmediate(onTurnEnd);
  }
}

/** Logs what waits. */
export function logNow(): void {
  const all = lines;
  lines = [];
  for (const { log, level, fields, message } of all) {
    try {
      log[level](fields, message);
    } catch {
      // A full disk is no reason to end the process.
    }
  }
}

function onTurnEnd(): void {
  isDue = false;
  logNow();
}
