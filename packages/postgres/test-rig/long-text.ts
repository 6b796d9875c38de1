/** SQL for a text of so many times `x`, a multiple of a thousand: `repeat` is not for the login of agents' SQL. */
export function longText(length: number): string {
  if (length <= 5_000_000) return `replace('${'x'.repeat(1_000)}', 'x', '${'x'.repeat(length / 1_000)}')`;
  return `replace(${longText(length / 100)}, 'x', '${'x'.repeat(100)}')`;
}
