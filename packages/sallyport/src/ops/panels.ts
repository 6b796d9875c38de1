import { callBuckets, calls } from './promql.js';

/** One picture of the dashboard. */
export interface Panel {
  readonly title: string;
  /** As Grafana names units. */
  readonly unit: string;
  /** Query to legend. `$tool` is what was chosen. */
  readonly queries: Readonly<Record<string, string>>;
}

const ofTool = 'gen_ai_tool_name=~"$tool"';
const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le) (rate(${callBuckets}{${ofTool}}[$__rate_interval])))`;
const denials = 'sum by (limit) (rate(sallyport_denials_total{limit!=""}[$__rate_interval]))';
const admissions = 'sum by (limit) (rate(sallyport_admit_admissions_total[$__rate_interval]))';

/** What is looked at, the most important first. */
export const panels: readonly Panel[] = [
  {
    title: 'Calls by status',
    unit: 'reqps',
    queries: { [`sum by (status) (rate(${calls}{${ofTool}}[$__rate_interval]))`]: '{{status}}' },
  },
  {
    title: 'Failed calls by code',
    unit: 'reqps',
    queries: {
      [`sum by (error_type) (rate(${calls}{${ofTool}, error_type!=""}[$__rate_interval]))`]: '{{error_type}}',
    },
  },
  {
    title: 'Duration',
    unit: 's',
    queries: { [quantile(0.5)]: 'p50', [quantile(0.95)]: 'p95', [quantile(0.99)]: 'p99' },
  },
  {
    title: 'Calls by tool',
    unit: 'reqps',
    queries: { [`sum by (gen_ai_tool_name) (rate(${calls}{${ofTool}}[$__rate_interval]))`]: '{{gen_ai_tool_name}}' },
  },
  {
    title: 'Denials by limit',
    unit: 'reqps',
    queries: { 'sum by (code, limit) (rate(sallyport_denials_total[$__rate_interval]))': '{{code}} {{limit}}' },
  },
  {
    title: 'Share of calls that a limit refuses',
    unit: 'percentunit',
    queries: { [`${denials} / (${denials} + ${admissions})`]: '{{limit}}' },
  },
  {
    title: 'Refusals of the edge',
    unit: 'reqps',
    queries: { 'sum by (code) (rate(sallyport_refusals_total[$__rate_interval]))': '{{code}}' },
  },
  {
    title: 'Calls in flight',
    unit: 'short',
    queries: {
      'sum(sallyport_in_flight)': 'in flight',
      'sum(sallyport_leases)': 'admitted',
      'sum(sallyport_abandoned)': 'abandoned',
    },
  },
  {
    title: 'Shedding',
    unit: 'short',
    queries: {
      'sum(sallyport_shed_limit)': 'limit',
      'sum(sallyport_shed_in_flight)': 'in flight',
      'sum by (priority) (rate(sallyport_shed_calls_total[$__rate_interval]))': 'shed a second, {{priority}}',
    },
  },
  {
    title: 'Store of limits',
    unit: 's',
    queries: {
      'histogram_quantile(0.99, sum by (le) (rate(sallyport_admission_duration_seconds_bucket[$__rate_interval])))':
        'p99 of a decision',
      'max(sallyport_admit_fallback)': '1: some instance cannot reach it',
      'sum(rate(sallyport_admit_store_failures_total[$__rate_interval]))': 'failures a second',
    },
  },
  {
    title: 'Dependencies',
    unit: 'short',
    queries: {
      'max by (dependency) (sallyport_depend_breaker_open)': '{{dependency}}: 1 is open',
      'sum by (dependency) (sallyport_depend_in_use)': '{{dependency}}: in use',
      'sum by (dependency) (sallyport_depend_capacity)': '{{dependency}}: capacity',
    },
  },
  {
    title: 'Ends of writes',
    unit: 'reqps',
    queries: { 'sum by (outcome) (rate(sallyport_idempotency_total[$__rate_interval]))': '{{outcome}}' },
  },
  {
    title: 'Tokens',
    unit: 's',
    queries: {
      'max by (issuer) (sallyport_auth_jwks_age_seconds)': 'age of the keys of {{issuer}}',
      'sum by (cache) (rate(sallyport_auth_tokens_total[$__rate_interval]))': 'tokens a second, {{cache}}',
    },
  },
  {
    title: 'Event loop',
    unit: 's',
    queries: {
      'max(sallyport_event_loop_delay_seconds)': 'delay, p99',
      'max(sallyport_event_loop_utilization)': 'utilisation, 0 to 1',
    },
  },
];
