import type { Clock, Principal } from '@sallyport/core';

const longest = 2 ** 31 - 1;

/** Runs `end` when the principal's token expires, unless the returned function is called before. `now` in Unix milliseconds. */
export function atExpiry(
  { expiresAt }: Principal,
  clock: Clock,
  end: () => void,
  now: () => number = Date.now,
): () => void {
  if (expiresAt === undefined) return () => {};
  const timer = clock.setTimeout(end, Math.min(longest, Math.max(0, expiresAt * 1_000 - now())));
  return () => clock.clearTimeout(timer);
}
