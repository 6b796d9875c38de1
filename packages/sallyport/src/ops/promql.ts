/** Of calls that ended, by the names that @sallyport/observe gives them. */
export const calls = 'mcp_server_operation_duration_seconds_count';
export const callBuckets = 'mcp_server_operation_duration_seconds_bucket';

/** Names as a regular expression of PromQL, which is anchored and in double quotes. */
export function oneOf(names: readonly string[]): string {
  return `"${names.map((name) => name.replaceAll('.', '\\\\.')).join('|')}"`;
}
