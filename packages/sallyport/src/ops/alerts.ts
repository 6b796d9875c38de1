import { errorTable, type Refusal } from '@sallyport/core';
import type { Alert } from './alert.js';
import { codeAlerts } from './code-alerts.js';
import { type OwnedTool, toolsByOwner } from './owners.js';
import { callBuckets, calls, oneOf, spike, waitedFor } from './promql.js';

/** What a server is to blame for, and not who calls. Calls that are shed have an alert of their own. */
const faults = [
  ...['DEPENDENCY_UNAVAILABLE', 'INTERNAL', 'OUTCOME_UNKNOWN', 'OUTPUT_TOO_LARGE', 'TOOL_TIMEOUT'],
  'tool_error',
];

/** Every alert for a server with these tools. */
export function alerts(tools: readonly OwnedTool[]): Alert[] {
  return [...errorRate(tools), ...tailLatency(tools), ...foundations, ...edgeRefusals, ...codeAlerts(tools)];
}

/** One for each owner, so that it reaches who can mend it. */
function errorRate(tools: readonly OwnedTool[]): Alert[] {
  return [...toolsByOwner(tools, 'tool owner')].map(([owner, owned]) => {
    const of = `gen_ai_tool_name=~${oneOf(owned.map(({ name }) => name))}`;
    const failed = `sum by (gen_ai_tool_name) (rate(${calls}{${of}, error_type=~${oneOf(faults)}, ${waitedFor}}[5m]))`;
    const all = `sum by (gen_ai_tool_name) (rate(${calls}{${of}}[5m]))`;
    return {
      name: 'SallyportErrorRate',
      expr: `${failed} / ${all} > 0.05 and ${all} > 0.02`,
      lasts: '10m',
      severity: 'page',
      owner,
      summary: 'More than one call in twenty of {{ $labels.gen_ai_tool_name }} fails through a fault of the server.',
      action: 'The error_type of its failed calls says which page of the runbook to open.',
      page: 'alerts',
    };
  });
}

/** Slow is measured by the time that a tool is given. */
function tailLatency(tools: readonly OwnedTool[]): Alert[] {
  const limits = new Map<number, string[]>();
  for (const { name, timeoutMs } of tools) {
    if (timeoutMs !== undefined) limits.set(timeoutMs, [...(limits.get(timeoutMs) ?? []), name]);
  }
  const slow = [...limits].map(([timeoutMs, names]) => {
    const rate = `rate(${callBuckets}{gen_ai_tool_name=~${oneOf(names)}}[5m])`;
    return `histogram_quantile(0.99, sum by (gen_ai_tool_name, le) (${rate})) > ${timeoutMs / 2_000}`;
  });
  if (slow.length === 0) return [];
  return [
    {
      name: 'SallyportTailLatency',
      expr: slow.join(' or '),
      lasts: '10m',
      severity: 'ticket',
      owner: 'tool owner',
      summary: 'The slowest calls of {{ $labels.gen_ai_tool_name }} take more than half of the time they have.',
      action: 'A span below "handler" shows what it waits for; if it waits in "admit", the store of limits is slow.',
      page: 'alerts',
    },
  ];
}

const refusedAtTheEdge = ['UNAUTHENTICATED', 'INSUFFICIENT_SCOPE', 'RATE_LIMITED'] as const satisfies Refusal['code'][];

/** One for each code, so that it reaches its owner. Of them is no call, so the alerts of the codes do not see them. */
const edgeRefusals: readonly Alert[] = refusedAtTheEdge.map((code) => ({
  name: 'SallyportEdgeRefusals',
  expr: spike(`sallyport_refusals_total{code="${code}"}`, 'code', 1),
  lasts: '5m',
  severity: 'ticket',
  owner: errorTable[code].owner,
  summary: 'The edge refuses five times as many requests with {{ $labels.code }} as in the hour before.',
  action:
    'The log says what was wrong with each token ("unauthenticated") and which scope a caller lacked ("forbidden"), the audit trail who it was. Then the page of the code.',
  page: 'alerts',
}));

const missed = 'increase(sallyport_auth_tokens_total{cache="miss"}[15m])';

/** What all tools stand on. */
const foundations: readonly Alert[] = [
  {
    name: 'SallyportStoreFallback',
    // Only a call finds out that the store is back: without calls the gauge stays, and nothing fails.
    expr: 'min_over_time(sallyport_admit_fallback[1m]) > 0 and increase(sallyport_admit_store_failures_total[5m]) > 0',
    lasts: '1m',
    severity: 'page',
    owner: 'platform',
    summary:
      '{{ $labels.instance }} cannot reach the shared store of limits: reads are limited in the process, writes refused.',
    action: 'Is Redis up and reachable from the instance? Coming back is automatic.',
    page: 'alerts',
  },
  {
    name: 'SallyportBreakerOpen',
    // One that nobody asks is 0.5 from when its time is over.
    expr: 'max_over_time(sallyport_depend_breaker_open[5m]) == 1 and min_over_time(sallyport_depend_breaker_open[1m]) > 0',
    lasts: '1m',
    severity: 'page',
    owner: 'owner of the dependency',
    summary: '{{ $labels.instance }} refuses calls that need {{ $labels.dependency }}: it fails or is slow.',
    action: 'Look at the dependency, not at this server. The breaker closes by itself when probes succeed.',
    page: 'alerts',
  },
  {
    name: 'SallyportAbandonedHandlers',
    expr: 'min_over_time(sallyport_abandoned[10m]) > 0',
    lasts: '5m',
    severity: 'ticket',
    owner: 'tool owner',
    summary:
      '{{ $value }} handlers on {{ $labels.instance }} run on after their calls were answered, and hold their slots.',
    action: 'The log names the tool when such a handler ends ("abandoned handler ended"): it must heed call.signal.',
    page: 'alerts',
  },
  {
    name: 'SallyportAuditOutcomeLost',
    expr: 'increase(sallyport_audit_outcomes_lost_total[15m]) > 0',
    lasts: '0m',
    severity: 'page',
    owner: 'platform',
    summary:
      '{{ $labels.instance }} could not write into the audit trail how an effect elsewhere ended: its intent stays alone.',
    action:
      'Is the database up? The log line "audit-outcome-lost" has the effect, by which its intent is found, and the code, which is all the trail lacks.',
    page: 'alerts',
  },
  {
    name: 'SallyportKeysOld',
    // Keys are fetched when tokens are verified: without new tokens they may be old, and nothing is wrong.
    expr: `sallyport_auth_jwks_age_seconds > 3600 and on (job, instance, issuer) ${missed} > 0`,
    lasts: '5m',
    severity: 'page',
    owner: 'identity',
    summary:
      'The keys of {{ $labels.issuer }} are {{ $value | humanizeDuration }} old on {{ $labels.instance }}, and cannot be fetched.',
    action:
      'Can the instance reach the issuer? After 24 hours the keys verify nothing, and every call is answered 503.',
    page: 'alerts',
  },
];
