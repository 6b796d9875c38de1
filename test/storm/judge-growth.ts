import type { Sample } from './history.js';

/** How the memory of a process went. */
export interface Growth {
  /** The slope of a straight line through the samples, least squares, in bytes per hour. */
  readonly bytesPerHour: number;
  /** What that line grows from the first sample that counts to the last. */
  readonly grownBytes: number;
}

const hourMs = 3_600_000;

/** After a third of the time, in which caches fill and code is compiled. */
export function growthOf(samples: readonly Sample[], of: 'heapBytes' | 'rssBytes'): Growth {
  const late = samples.slice(Math.floor(samples.length / 3));
  const [first, last] = [late[0], late.at(-1)];
  if (first === undefined || last === undefined || late.length < 2) return { bytesPerHour: 0, grownBytes: 0 };
  const meanAt = late.reduce((sum, { at }) => sum + at, 0) / late.length;
  const mean = late.reduce((sum, sample) => sum + sample[of], 0) / late.length;
  let above = 0;
  let below = 0;
  for (const sample of late) {
    above += (sample.at - meanAt) * (sample[of] - mean);
    below += (sample.at - meanAt) ** 2;
  }
  const perMs = above / below;
  return { bytesPerHour: perMs * hourMs, grownBytes: perMs * (last.at - first.at) };
}
