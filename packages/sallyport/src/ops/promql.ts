/** Of calls that ended, by the names that @sallyport/observe gives them. */
export const calls = 'mcp_server_operation_duration_seconds_count';
export const callBuckets = 'mcp_server_operation_duration_seconds_bucket';

/** Not of a client that gave its call less time than the tool has, and went away. */
export const waitedFor = 'status!="cancelled"';

/** Names as a regular expression of PromQL, which is anchored and in double quotes. */
export function oneOf(names: readonly string[]): string {
  return `"${names.map((name) => name.replaceAll('.', '\\\\.')).join('|')}"`;
}

/** What is now, a second, more than `perSecond` and five times as much as in the hour before, or was not there then. */
export function spike(series: string, by: string, perSecond: number): string {
  const now = `sum by (${by}) (rate(${series}[5m]))`;
  const before = `sum by (${by}) (rate(${series}[1h] offset 5m))`;
  return `${now} > ${perSecond} and (${now} > 5 * ${before} or (${now} unless ${before}))`;
}
