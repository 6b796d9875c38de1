/** What a run of the suite came to, read from its summary. */
export interface Tally {
  /** Scenarios that count. */
  readonly scored: { readonly passed: number; readonly all: number; readonly checks: number };
  /** Those that are run and do not count, with their reason: `extension`, `pending`, `added-after-release`. */
  readonly unscored: readonly { readonly name: string; readonly reason: string; readonly passed: boolean }[];
  readonly failed: readonly string[];
}

/** Reads `✓ name: 3 passed, 0 failed` and, below `Not scored`, `✓ name (reason)`. Throws when there is no summary. */
export function tally(output: string): Tally {
  const [, summary] = output.split('=== SUMMARY ===');
  if (summary === undefined) throw new Error(`The suite gave no summary:\n${output.slice(-2_000)}`);
  const unscored = [...summary.matchAll(/^\s+([✓✗]) (\S+) \(([\w-]+)\)$/gmu)].map(
    ([, mark, name = '', reason = '']) => ({
      name,
      reason,
      passed: mark === '✓',
    }),
  );
  const uncounted = new Set(unscored.map(({ name }) => name));
  const scenarios = [...summary.matchAll(/^([✓✗]) (\S+): (\d+) passed, (\d+) failed/gmu)]
    .map(([, mark, name = '', passed]) => ({ name, passed: mark === '✓', checks: Number(passed) }))
    .filter(({ name }) => !uncounted.has(name));
  return {
    scored: {
      passed: scenarios.filter(({ passed }) => passed).length,
      all: scenarios.length,
      checks: scenarios.reduce((sum, { checks }) => sum + checks, 0),
    },
    unscored,
    failed: scenarios.filter(({ passed }) => !passed).map(({ name }) => name),
  };
}
