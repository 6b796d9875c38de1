/** Work that was interrupted, or that nobody awaits, must not end the process when it fails. */
export function shielded<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
