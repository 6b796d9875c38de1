/** A time in milliseconds for people, with its unit. */
export function msText(ms: number | undefined): string {
  if (ms === undefined) return '–';
  if (ms >= 1_000) return `${Number((ms / 1_000).toFixed(ms >= 10_000 ? 1 : 2))} s`;
  return `${Number(ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : 2))} ms`;
}

/** A count for people. */
export function countText(count: number): string {
  return count.toLocaleString('en-GB');
}

/** So many in a second. */
export function rateText(perSecond: number): string {
  return perSecond >= 100 ? countText(Math.round(perSecond)) : perSecond.toFixed(1);
}

/** An index between 0 and 1. */
export function indexText(index: number | undefined): string {
  return index === undefined ? '–' : index.toFixed(3);
}
