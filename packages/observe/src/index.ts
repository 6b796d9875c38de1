export { estimateTokens } from './estimate-size.js';
export { eventLoopLoad } from './event-loop-load.js';
export { type LoggedEvent, logEvents } from './log-events.js';
export { type ObserveOptions, observe, type Telemetry } from './observe.js';
export type { ObservePolicy } from './observe-policy.js';
export { redactText } from './redact-text.js';
export { type MetricsListener, type MetricsOptions, serveMetrics } from './serve-metrics.js';
export { type TraceHeaders, traceHeaders } from './trace-headers.js';
