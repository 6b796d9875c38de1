import { setTimeout as wait } from 'node:timers/promises';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CBaggagePropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

/** A collector that does not answer must not hold up the end of the process. */
const lastSpansMs = 2_000;

/**
 * Sends spans by OTLP over HTTP. Where to, how many and under which name is in the standard variables: OTEL_EXPORTER_OTLP_ENDPOINT,
 * OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME. The function it returns sends what is left,
 * within two seconds.
 */
export function startTracing(): () => Promise<void> {
  const resource = resourceFromAttributes({ 'service.name': 'sallyport-postgres' });
  const provider = new BasicTracerProvider({
    resource: resource.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CBaggagePropagator());
  trace.setGlobalTracerProvider(provider);
  return () => inTime(provider.shutdown());
}

async function inTime(sent: Promise<void>): Promise<void> {
  const over = new AbortController();
  const late = wait(lastSpansMs, undefined, { signal: over.signal });
  // What is lost are spans; the calls they tell of are in the log.
  await Promise.race([sent, late]).catch(() => {});
  over.abort();
  await late.catch(() => {});
}
