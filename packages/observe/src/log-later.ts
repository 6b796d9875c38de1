import type { Logger } from 'pino';
import type { Level } from './log-level.js';

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

// Before the logger writes what it holds back itself.
process.prependListener('exit', logNow);

/**
 * Logs at the end of this turn of the event loop, together with whatever else ends in it: what a line costs is mostly that its code
 * is not in the caches of the processor. A fault is logged at once, behind what waits. What waits is also logged when the process
 * exits.
 */
export function logLater(log: Logger, level: Level, fields: object, message: string): void {
  lines.push({ log, level, fields, message });
  if (level === 'error' || lines.length >= most) logNow();
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
