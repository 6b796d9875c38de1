import type { IncomingMessage, ServerResponse } from 'node:http';
import { context as active, type Meter, type Tracer } from '@opentelemetry/api';
import { type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  type Call,
  type Clock,
  type Layer,
  type Measure,
  type Observer,
  type OnRefusal,
  systemClock,
  ToolError,
  type ToolResult,
  type UsageMeter,
} from '@sallyport/core';
import {
  type Answered,
  assertOptions,
  LeanCall,
  leanLayer,
  type OptionCheck,
  option,
  type PromptHandler,
} from '@sallyport/core/adapter';
import { type Logger, pino } from 'pino';
import { CallRecord, type WithRecord } from './call-record.js';
import { type CallSize, callSize } from './call-size.js';
import { callUsage } from './call-usage.js';
import { callerLog } from './caller-log.js';
import { causeText } from './cause-text.js';
import { eventLoopLoad } from './event-loop-load.js';
import { callSeries, Instruments } from './instruments.js';
import { denials, type Level, levelOf, takes } from './log-level.js';
import { type LoggedTool, loggedTool, logLine, nothingSaid } from './log-line.js';
import { type ObservePolicy, observePolicy } from './observe-policy.js';
import { type Ended, endedWith, failedWith, isElicitation } from './outcome.js';
import { PrometheusReader } from './prometheus-reader.js';
import { redactText } from './redact-text.js';
import { endSpan, Spans } from './spans.js';
import { traceParent } from './trace-parent.js';
import { underSpan } from './under-span.js';
import { stopWaiting, waiting } from './waiting.js';
import { watched } from './watched.js';

/** Where telemetry goes. */
export interface ObserveOptions {
  /** One line a call; `false` for none. Default: pino to standard output. */
  readonly log?: Logger | false;
  /** Makes the spans. Default: that of the registered OpenTelemetry provider; without one there are no spans. */
  readonly tracer?: Tracer;
  /** Further readers of the metrics, besides Prometheus: an exporter of OTLP. */
  readonly readers?: readonly IMetricReader[];
  /** Counts what calls take, by agent, tenant, tool and day. Default: nothing is counted. */
  readonly usage?: UsageMeter;
  readonly clock?: Clock;
}

/** What watches a stack, and what it saw. */
export interface Telemetry extends Observer<ObservePolicy> {
  /** For instruments of your own, on the same page. */
  readonly meter: Meter;
  /**
   * Puts the measures of what is no layer on the page: `telemetry.publish('auth', () => auth.measures())`. The name is the part
   * before theirs. Of several sources under one name only the first counts: give them together.
   */
  publish(name: string, measures: () => readonly Measure[]): void;
  /**
   * Counts what the edge refuses before there is a call, by code, in `sallyport_refusals_total`: `onRefusal` of `serve`, or of `mount`.
   * For the audit trail as well: `onRefusal: (refusal) => { telemetry.onRefusal(refusal); denials.onRefusal(refusal); }`.
   */
  readonly onRefusal: OnRefusal;
  /** Answers `GET /metrics` in the text format of Prometheus. For a port that clients do not reach. */
  readonly metrics: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends the readers, and records the usage that waits. */
  close(): Promise<void>;
}

/** Layers that may wait before they pass a call on. `bound` is the innermost: what it passes on to is the handler. */
const waits: ReadonlySet<string> = new Set(['admit', 'approve', 'idempotent', 'depend']);
const innermost = 'bound';
/** A handler that has ended so soon after its answer has heeded its signal, and was not abandoned. */
const heedingMs = 100;

/**
 * Telemetry of a stack: one log line, one span and one measurement for each call, and whatever happens to it inside. It changes
 * no call and fails none; at the start it throws a `TypeError` for an option that is unknown or cannot work. Arguments and results are in none of it, unless a tool opts in with `logged` or `tracedResult`.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { observe, serveMetrics } from '@sallyport/observe';
 *
 * const telemetry = observe();
 * const stack = hardened({ observe: telemetry });
 * await serveMetrics(telemetry, { port: 9464 });
 * ```
 */
export function observe(options: ObserveOptions = {}): Telemetry {
  assertOptions('observe', options, checks);
  const { log = pino(), tracer, readers = [], usage, clock = systemClock } = options;
  const series = readers.length === 0 ? callSeries() : undefined;
  const exporter = new PrometheusReader(series === undefined ? [] : Object.values(series));
  const provider = new MeterProvider({ readers: [exporter, ...readers] });
  const meter = provider.getMeter('@sallyport/observe');
  const instruments = new Instruments(meter, eventLoopLoad(), series);
  const spans = new Spans(tracer);
  const seen = { clock, instruments, spans };
  // Between the end of a failed call and its report, which knows the id that the caller was given.
  const failed = new WeakMap<Call['work'], (errorId: string, error: ToolError) => void>();
  /** Whether it is seen which calls pass admission: a layer that is watched is made before a tool is. */
  let watchesAdmission = false;

  const callers = log === false ? undefined : callerLog(log);
  const write = (
    tool: LoggedTool,
    call: Call,
    record: CallRecord,
    ended: Ended,
    ms: number,
    size: CallSize | undefined,
    failure?: { readonly errorId: string; readonly error: ToolError },
  ): void => {
    if (log === false || size === undefined) return;
    const level = levelOf(ended, failure !== undefined);
    if (!takes(log, level)) return;
    const bound = call.auth && callers?.(call.auth, tool);
    const own = bound?.log ?? log;
    const line = logLine(tool, call, record, ended, ms, size, failure?.errorId, bound ?? nothingSaid);
    if (failure === undefined || level !== 'error') own[level](line, 'call');
    else
      own.error({ ...line, reason: redactText(failure.error.message), cause: causeText(failure.error.cause) }, 'call');
  };

  return {
    meter,
    layer: leanLayer<unknown, unknown, ObservePolicy>({
      name: 'observe',
      fields: ['logged', 'tracedResult'],
      policy: observePolicy,
      wrap: (next, facts) => {
        const tool = loggedTool(facts);
        const record = instruments.recorder(facts);
        const counted = usage === undefined ? undefined : callUsage(usage, facts, tool, watchesAdmission);
        const end = (call: Call, observed: CallRecord, ended: Ended, result?: ToolResult): number => {
          const ms = clock.now() - observed.began;
          instruments.inFlight--;
          if (observed.waiting !== undefined) stopWaiting(observed, seen, ended);
          if (observed.isAdmitted) call.work.whenSettled(admittedEnd);
          if (call.work.rest.length > 0) {
            let isAbandoned = false;
            const counting = clock.setTimeout(() => {
              instruments.abandoned++;
              isAbandoned = true;
            }, heedingMs);
            call.work.whenSettled(() => {
              clock.clearTimeout(counting);
              restEnd(call, observed, ms, isAbandoned);
            });
          }
          if (observed.span !== undefined) endSpan(observed.span, facts, ended, result);
          record(ended, ms / 1_000);
          return ms;
        };
        const admittedEnd = () => {
          instruments.leases--;
        };
        const restEnd = harmless((call: Call, observed: CallRecord, answeredMs: number, wasAbandoned: boolean) => {
          const ms = clock.now() - observed.began;
          counted?.settled(call, observed, ms - answeredMs);
          if (!wasAbandoned) return;
          instruments.abandoned--;
          if (log !== false) log.warn({ tool_name: tool.name, duration_ms: ms }, 'abandoned handler ended');
        });
        const measured = (
          call: Call,
          observed: CallRecord,
          ended: Ended,
          ms: number,
          level: Level,
          result?: ToolResult,
        ) => {
          if (counted === undefined && (log === false || !takes(log, level))) return undefined;
          const size = callSize(call.input, result);
          counted?.answered(call, observed, ended, ms, size);
          return size;
        };
        const answered = harmless((call: Call, observed: CallRecord, result: ToolResult) => {
          const ended = endedWith(result);
          const ms = end(call, observed, ended, result);
          const size = measured(call, observed, ended, ms, levelOf(ended, false), result);
          write(tool, call, observed, ended, ms, size);
        });
        const threw = harmless((call: Call, observed: CallRecord, thrown: unknown) => {
          const ended = failedWith(thrown, facts, call);
          const ms = end(call, observed, ended);
          if (thrown instanceof ToolError && denials.has(ended.status)) {
            // What a handler throws may be named by its caller.
            const isOfAdmission = watchesAdmission && !observed.isAdmitted;
            instruments.denied(thrown.code, isOfAdmission ? thrown.limit : undefined);
          }
          const isAsking = isElicitation(thrown);
          const size = measured(call, observed, ended, ms, levelOf(ended, !isAsking));
          // No line, and nothing that could make one.
          if (size === undefined) return;
          if (isAsking) write(tool, call, observed, ended, ms, size);
          failed.set(call.work, (errorId, error) => write(tool, call, observed, ended, ms, size, { errorId, error }));
        });
        return (call) => {
          const { traceparent, tracestate } = call.meta;
          const parent = traceparent === undefined ? undefined : traceParent(traceparent, tracestate);
          const traced = started(spans, facts, call, parent);
          const observed = new CallRecord(seen, traced, parent);
          instruments.inFlight++;
          const adds = traced === undefined ? { watch: observed } : { watch: observed, meta: traced.meta };
          let answer: Answered;
          try {
            answer = inContext(observed, LeanCall.passOn(call, adds), next);
          } catch (thrown) {
            threw(call, observed, thrown);
            throw thrown;
          }
          if (answer instanceof Promise) {
            answer.then(
              (result) => answered(call, observed, result),
              (thrown: unknown) => threw(call, observed, thrown),
            );
          } else answered(call, observed, answer);
          return answer;
        };
      },
    }),
    report({ error, errorId, call }) {
      failed.get(call.work)?.(errorId, error);
      failed.delete(call.work);
    },
    watch<Needs, Adds, Policy>(layer: Layer<Needs, Adds, Policy>): Layer<Needs, Adds, Policy> {
      const { name, measures } = layer;
      const isWait = waits.has(name);
      const isLast = name === innermost;
      if (!isWait && !isLast && measures === undefined) return layer;
      if (name === 'admit') watchesAdmission = true;
      return watched(layer, (wrap, next, tool) => {
        const wrapped = isWait
          ? waiting(layer.name, wrap, next, tool, seen)
          : isLast
            ? underSpan(wrap, next, tool, seen)
            : wrap(next, tool);
        // By now the layer knows the tool, and what it measures for it.
        if (measures !== undefined) instruments.publish(name, measures);
        return wrapped;
      });
    },
    publish: (name, measures) => instruments.publish(name, measures),
    onRefusal: ({ code }) => instruments.refused(code),
    metrics: (request, response) => exporter.getMetricsRequestHandler(request, response),
    async close() {
      await Promise.all([provider.shutdown(), usage?.close()]);
    },
  };
}

const isLogger = option.having('info', 'warn', 'error');
const checks = {
  log: (value) => (value === false || isLogger(value) === undefined ? undefined : 'must be a logger of pino, or false'),
  tracer: option.having('startSpan'),
  readers: (value) => (Array.isArray(value) ? undefined : 'must be an array of readers'),
  usage: option.having('tool', 'close'),
  clock: option.having('now'),
} satisfies Record<keyof ObserveOptions, OptionCheck>;

/** Under the span of the call, when it has one. */
function inContext<C extends Call & WithRecord>(record: CallRecord, call: C, next: PromptHandler<C>): Answered {
  return record.context === undefined ? next(call) : active.with(record.context, () => next(call));
}

/** The span of a call. A sampler, or whoever makes ids, may fail: then there is none. */
function started(...[spans, facts, call, parent]: [Spans, ...Parameters<Spans['start']>]): ReturnType<Spans['start']> {
  try {
    return spans.start(facts, call, parent);
  } catch {
    return undefined;
  }
}

/** What goes wrong in telemetry is telemetry's: a full disk must not fail a call, nor end the process. */
function harmless<A extends unknown[]>(see: (...seen: A) => void): (...seen: A) => void {
  return (...seen) => {
    try {
      see(...seen);
    } catch {
      // The answer is on its way.
    }
  };
}
