/** One thing that happened at the edge, for the operator. Holds neither tokens nor arguments. */
export interface HostEvent {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Told of everything the host notices. Must not throw. */
export type Log = (event: HostEvent) => void;

/** Writes one JSON line per warning or fault to standard error and keeps quiet about the rest. */
export const logToConsole: Log = (event) => {
  if (event.level !== 'info') console.error(JSON.stringify(event));
};

/** An error as fields of a log line: its own text and its cause's, for the log only. */
export function describe(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  return { name: error.name, message: error.message, stack: error.stack, ...causeOf(error) };
}

function causeOf({ cause }: Error): Readonly<Record<string, unknown>> {
  if (cause === undefined) return {};
  return { cause: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause) };
}
