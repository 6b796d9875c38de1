/**
 * How much a finding matters: `error` must be fixed, `warning` is unwise, `ok` is as it should be, `unchecked` could not be
 * looked at, because something did not answer.
 */
export type Level = 'error' | 'unchecked' | 'warning' | 'ok';

/** What one check found. */
export interface Finding {
  readonly level: Level;
  /** What was looked at: `postgres`, `redis`, `issuer`, `server`, `metrics`. */
  readonly subject: string;
  /** What is the case. */
  readonly what: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** Makes the findings of one subject. */
export interface Findings {
  ok(what: string): Finding;
  warning(what: string, fix: string): Finding;
  error(what: string, fix: string): Finding;
  unchecked(what: string): Finding;
}

/** The findings about one thing. */
export function findingsOf(subject: string): Findings {
  return {
    ok: (what) => ({ level: 'ok', subject, what }),
    warning: (what, fix) => ({ level: 'warning', subject, what, fix }),
    error: (what, fix) => ({ level: 'error', subject, what, fix }),
    unchecked: (what) => ({ level: 'unchecked', subject, what }),
  };
}
