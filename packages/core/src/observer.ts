import type { Layer } from './layer.js';
import type { Report } from './report.js';

/** What watches a stack and changes nothing: telemetry. Whatever it does must not fail a call. */
export interface Observer<P = unknown> {
  /** Outermost, so that it sees every outcome, denials too. */
  readonly layer: Layer<unknown, unknown, P>;
  /** Told of every failed call, with the id its caller was given. */
  readonly report: Report;
  /** The same layer, watched. */
  watch<Needs, Adds, Policy>(layer: Layer<Needs, Adds, Policy>): Layer<Needs, Adds, Policy>;
}
