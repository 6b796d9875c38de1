/** What every command ends with. */
export const exitCode = {
  /** It ran, and found nothing wrong. */
  ok: 0,
  /** It ran, and found something that must be fixed. */
  wrong: 1,
  /** It could not run: an argument, a file or a server that is not as it must be. */
  cannotRun: 2,
} as const;

/** One of the three. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
