import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { CollectionResult, MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';

/** Exposes metrics under the names that Prometheus asks for: with their unit. The exporter says it in a comment only. */
export class PrometheusReader extends PrometheusExporter {
  constructor(metricProducers: MetricProducer[]) {
    super({ preventServerStart: true, withoutTargetInfo: true, withoutScopeInfo: true, metricProducers });
  }

  override async collect(options?: Parameters<PrometheusExporter['collect']>[0]): Promise<CollectionResult> {
    const { resourceMetrics, errors } = await super.collect(options);
    const scopeMetrics = resourceMetrics.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.map(named) }));
    return { resourceMetrics: { ...resourceMetrics, scopeMetrics }, errors };
  }
}

function named<T extends MetricData>(metric: T): T {
  const { name, unit } = metric.descriptor;
  return unit === 's' ? { ...metric, descriptor: { ...metric.descriptor, name: `${name}.seconds`, unit: '' } } : metric;
}
