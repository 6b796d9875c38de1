/** `echo`, then as many others as it takes to make `count`. */
export function toolNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? 'echo' : `echo_${index}`));
}
