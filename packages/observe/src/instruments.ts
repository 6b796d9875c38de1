import type { Attributes, Meter } from '@opentelemetry/api';
import type { Layer, Load, Refusal, ToolFacts } from '@sallyport/core';
import { DurationSeries } from './duration-series.js';
import type { Ended } from './outcome.js';

type Measures = NonNullable<Layer['measures']>;

/** As the semantic conventions for MCP advise, in seconds. */
const durationBuckets = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
const admissionBuckets = [0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1];
/** A histogram of seconds. */
interface Timing {
  readonly name: string;
  readonly help: string;
  readonly buckets: number[];
}

const duration: Timing = {
  name: 'mcp.server.operation.duration',
  help: 'Time from the arrival of a call in the stack to its answer.',
  buckets: durationBuckets,
};
const admission: Timing = {
  name: 'sallyport.admission.duration',
  help: 'Time the store of limits took to decide.',
  buckets: admissionBuckets,
};

/** Makes what records the seconds of one series. */
type Recorder = (attributes: Attributes) => (seconds: number) => void;

/** Where every call is timed, for Prometheus alone. */
export function callSeries() {
  const of = ({ name, help, buckets }: Timing) => new DurationSeries(name, help, buckets);
  return { duration: of(duration), admission: of(admission) };
}

/** The same for every reader. */
function instrument(meter: Meter, { name, help, buckets }: Timing): Recorder {
  const histogram = meter.createHistogram(name, {
    unit: 's',
    description: help,
    advice: { explicitBucketBoundaries: buckets },
  });
  return (attributes) => (seconds) => histogram.record(seconds, attributes);
}

/** Limits are named by configuration and by plans. More names than this are one. */
const maxLimitNames = 100;

const methods = { tool: 'tools/call', resource: 'resources/read', prompt: 'prompts/get' } as const;

/** The method of the protocol that reaches what the facts describe. */
export function methodOf({ kind }: Pick<ToolFacts, 'kind'>): string {
  return methods[kind];
}

/** What is counted and timed. Labels come from the registry and the error table; agents and tenants are never among them. */
export class Instruments {
  readonly #meter: Meter;
  readonly #duration: Recorder;
  readonly #admission: Recorder;
  #admitted: ReturnType<Recorder> | undefined;
  readonly #denials;
  readonly #refusals;
  readonly #idempotency;
  readonly #limitNames = new Set<string>();
  readonly #published = new Set<string>();
  inFlight = 0;
  abandoned = 0;
  leases = 0;

  /** `series`: where calls are timed when only Prometheus reads it. */
  constructor(meter: Meter, load: () => Load, series: ReturnType<typeof callSeries> | undefined) {
    this.#meter = meter;
    const recorder = (timing: Timing, own: DurationSeries | undefined): Recorder =>
      own === undefined ? instrument(meter, timing) : (labels) => own.recorder(labels);
    this.#duration = recorder(duration, series?.duration);
    this.#admission = recorder(admission, series?.admission);
    this.#denials = meter.createCounter('sallyport.denials', { description: 'Calls refused, by code and limit.' });
    this.#refusals = meter.createCounter('sallyport.refusals', {
      description: 'Requests that the edge refused before there was a call, by code.',
    });
    this.#idempotency = meter.createCounter('sallyport.idempotency', { description: 'Ends of writes, by outcome.' });
    this.#gauge('sallyport.in_flight', 'Calls that run.', () => this.inFlight);
    this.#gauge('sallyport.abandoned', 'Calls that go on after they were answered.', () => this.abandoned);
    this.#gauge('sallyport.leases', 'Calls that passed admission and have not settled.', () => this.leases);
    const delay = meter.createObservableGauge('sallyport.event_loop.delay', {
      unit: 's',
      description: 'p99 since the last scrape.',
    });
    const busy = meter.createObservableGauge('sallyport.event_loop.utilization', {
      description: '0 to 1, since the last scrape.',
    });
    meter.addBatchObservableCallback(
      (result) => {
        const { delayMs, utilisation } = load();
        result.observe(delay, delayMs / 1_000);
        result.observe(busy, utilisation);
      },
      [delay, busy],
    );
  }

  /** A function that records the calls of one tool; labels are made once for each way a call can end. */
  recorder(tool: ToolFacts): (ended: Ended, seconds: number) => void {
    const recorders = new Map<Ended, (seconds: number) => void>();
    const method = methodOf(tool);
    const isWrite = tool.policy.idempotent !== undefined;
    return (ended, seconds) => {
      let own = recorders.get(ended);
      if (own === undefined) {
        const error = ended.code === undefined ? {} : { 'error.type': ended.code };
        own = this.#duration({
          'mcp.method.name': method,
          'gen_ai.tool.name': tool.name,
          status: ended.status,
          ...error,
        });
        recorders.set(ended, own);
      }
      own(seconds);
      if (isWrite) this.#idempotency.add(1, { outcome: idempotencyOutcome(ended) });
    };
  }

  denied(code: string, limit: string | undefined): void {
    this.#denials.add(1, limit === undefined ? { code } : { code, limit: this.#limitName(limit) });
  }

  refused(code: Refusal['code']): void {
    this.#refusals.add(1, { code });
  }

  decided(seconds: number): void {
    this.#admitted ??= this.#admission({});
    this.#admitted(seconds);
  }

  /** The measures of a layer; of several layers of one name, those of the first. */
  publish(layer: string, measures: Measures): void {
    for (const { name, help, kind } of measures()) this.#publish(layer, name, help, kind, measures);
  }

  #publish(layer: string, name: string, help: string, kind: 'gauge' | 'counter', measures: Measures): void {
    const full = `sallyport.${layer}.${name.replace(/_total$/, '')}`;
    if (this.#published.has(full)) return;
    this.#published.add(full);
    const options = { description: help };
    const instrument =
      kind === 'gauge'
        ? this.#meter.createObservableGauge(full, options)
        : this.#meter.createObservableCounter(full, options);
    instrument.addCallback((result) => {
      for (const one of measures()) if (one.name === name) result.observe(one.value, { ...one.labels });
    });
  }

  #gauge(name: string, description: string, read: () => number): void {
    this.#meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(read()));
  }

  #limitName(limit: string): string {
    if (this.#limitNames.has(limit)) return limit;
    if (this.#limitNames.size >= maxLimitNames) return 'other';
    this.#limitNames.add(limit);
    return limit;
  }
}

function idempotencyOutcome({ status, code }: Ended): string {
  if (status === 'replayed' || status === 'success') return status === 'replayed' ? 'replayed' : 'executed';
  if (code === 'IDEMPOTENCY_CONFLICT') return 'conflict';
  if (code === 'IDEMPOTENCY_IN_PROGRESS') return 'in_progress';
  return code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'failed';
}
