import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type HistogramMetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';

interface Series {
  readonly attributes: Attributes;
  readonly counts: number[];
  sum: number;
  count: number;
}

/**
 * One histogram whose series are looked up when a tool is registered, not at each record: the SDK makes a text of all labels
 * every time, which costs more than the rest of watching a call. Which series a value belongs to is known before.
 */
export class DurationSeries implements MetricProducer {
  readonly #descriptor: HistogramMetricData['descriptor'];
  readonly #boundaries: readonly number[];
  readonly #series: Series[] = [];
  readonly #since: HrTime = hrTime();

  constructor(name: string, description: string, boundaries: readonly number[]) {
    this.#descriptor = { name, description, unit: 's', valueType: ValueType.DOUBLE };
    this.#boundaries = boundaries;
  }

  /** A function that records into a series of its own. Once for each set of labels. */
  recorder(attributes: Attributes): (seconds: number) => void {
    const boundaries = this.#boundaries;
    const series: Series = { attributes, counts: new Array(boundaries.length + 1).fill(0), sum: 0, count: 0 };
    this.#series.push(series);
    return (seconds) => {
      let bucket = 0;
      while (bucket < boundaries.length && seconds > (boundaries[bucket] ?? 0)) bucket++;
      series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
      series.sum += seconds;
      series.count++;
    };
  }

  async collect(): Promise<CollectionResult> {
    const metric: HistogramMetricData = {
      descriptor: this.#descriptor,
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: this.#series.map(({ attributes, counts, sum, count }) => ({
        startTime: this.#since,
        endTime: hrTime(),
        attributes,
        value: { buckets: { boundaries: [...this.#boundaries], counts: [...counts] }, sum, count },
      })),
    };
    const scopeMetrics = [{ scope: { name: '@sallyport/observe' }, metrics: [metric] }];
    return { resourceMetrics: { resource: undefined as never, scopeMetrics }, errors: [] };
  }
}

function hrTime(): HrTime {
  const now = Date.now();
  return [Math.floor(now / 1_000), (now % 1_000) * 1e6];
}
