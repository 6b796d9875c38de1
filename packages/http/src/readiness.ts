import type { Clock } from '@sallyport/core';
import { describe, type Log } from './log.js';

/** Resolves when what the server depends on can be reached; a rejection or `false` means it cannot. */
export type ReadyCheck = () => unknown;

const checkTimeoutMs = 1_000;
/** However often readiness is asked for, the checks run once in this time. */
const keptMs = 1_000;

/** Runs all checks, each at most a second, and remembers the outcome for one. Never rejects. */
export function readiness(checks: readonly ReadyCheck[], clock: Clock, log: Log): () => Promise<boolean> {
  let last: { readonly at: number; readonly ready: Promise<boolean> } | undefined;
  return () => {
    if (last === undefined || clock.now() - last.at >= keptMs) {
      last = { at: clock.now(), ready: Promise.all(checks.map((check) => passes(check, clock, log))).then(allTrue) };
    }
    return last.ready;
  };
}

const allTrue = (results: readonly boolean[]) => results.every(Boolean);

function passes(check: ReadyCheck, clock: Clock, log: Log): Promise<boolean> {
  return new Promise((resolve) => {
    const fail = (why: Readonly<Record<string, unknown>>) => {
      log({ level: 'warn', event: 'not-ready', ...why });
      resolve(false);
    };
    const timer = clock.setTimeout(() => fail({ message: `no answer within ${checkTimeoutMs} ms` }), checkTimeoutMs);
    Promise.resolve()
      .then(check)
      .then(
        (result) => resolve(result !== false),
        (error: unknown) => fail(describe(error)),
      )
      .finally(() => clock.clearTimeout(timer));
  });
}
