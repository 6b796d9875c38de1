/** Told of waits that no layer does itself, for telemetry. */
export interface Watch {
  /** Runs what waits, measured under a name of the code's own, and gives what it gives. */
  wait<T>(name: string, run: () => Promise<T>): Promise<T>;
}
