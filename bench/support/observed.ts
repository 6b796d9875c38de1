import { observe, type Telemetry } from '@sallyport/observe';
import { destination, pino } from 'pino';

/** How calls are watched, by the options `--metrics` and `--log`; `undefined` when they are not. A log needs the metrics. */
export function observed(metrics: boolean, log: boolean): Telemetry | undefined {
  if (log) return observe({ log: keptByNobody() });
  return metrics ? observe({ log: false }) : undefined;
}

/**
 * Lines that are made and written, in pieces of 2 KiB, and not stored. In step, which pino does not by default: where the event loop
 * never turns, what waits for it would pile up in memory.
 */
export function keptByNobody() {
  return pino(destination({ dest: '/dev/null', minLength: 2_048, sync: true }));
}
