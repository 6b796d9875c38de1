/** Runs a command of the benchmarks; what is wrong with its options is said without a stack. Exits with 2 then, else 1. */
export async function program(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const isUsage =
      error instanceof RangeError || (error instanceof TypeError && 'code' in error && isParseError(error.code));
    process.stderr.write(`${error instanceof Error ? (isUsage ? error.message : error.stack) : String(error)}\n`);
    process.exit(isUsage ? 2 : 1);
  }
}

function isParseError(code: unknown): boolean {
  return typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS');
}
