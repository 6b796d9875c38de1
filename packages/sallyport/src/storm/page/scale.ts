/** Maps values of an axis to lengths along it. */
export interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** From 0 to at least `max`, with about four round ticks. */
export function linearScale(max: number, length: number): Scale {
  const step = roundUp(Math.max(max, 1e-9) / 4);
  const count = Math.max(1, Math.ceil(max / step - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step);
  return { ticks, at: (value) => (value / (count * step)) * length };
}

/** Logarithmic, from the power of ten below `min` to the one above `max`. Values must be positive. */
export function logScale(min: number, max: number, length: number): Scale {
  const from = Math.floor(Math.log10(min));
  const to = Math.max(from + 1, Math.ceil(Math.log10(max)));
  const ticks = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
  return { ticks, at: (value) => ((Math.log10(value) - from) / (to - from)) * length };
}

/** The next of 1, 2, 5, 10, 20, … */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const times = [1, 2, 5, 10].find((one) => one * power >= value * (1 - 1e-9)) ?? 10;
  return times * power;
}
