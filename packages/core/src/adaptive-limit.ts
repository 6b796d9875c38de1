import type { Priority } from './priority.js';

/** The bounds of an adaptive limit, in calls in flight. */
export interface LimitBounds {
  /** Where it begins. */
  readonly initial: number;
  /** It never falls below. */
  readonly min: number;
  /** It never grows above. */
  readonly max: number;
}

/** What the runtime says of itself. */
export interface Load {
  /** How late timers are, the 99th percentile since the last question, in milliseconds. */
  readonly delayMs: number;
  /** The share of time in which the event loop was busy since the last question, 0 to 1. */
  readonly utilisation: number;
}

/** How long calls of one tool take: what is usual, and what is kept of the present window. */
export class ToolLatency {
  usualMs: number | undefined;
  sumMs = 0;
  count = 0;
}

/** What each priority may fill of the limit: a fifth is reserved for `critical`, and the lower ones leave more. */
const shares: Readonly<Record<Priority, number>> = { critical: 1, default: 0.8, batch: 0.6, background: 0.4 };
/** A limit is decided again after this long, and not on fewer calls. */
const windowMs = 500;
const minimumSamples = 10;
const tolerance = 1.5;
const smoothing = 0.2;
/** How quickly what is usual follows what is, per window. */
const usualWeight = 1 / 300;
const maxDelayMs = 100;
const maxUtilisation = 0.95;

/**
 * How many calls may be in flight, found by watching them (Gradient2 of Netflix's concurrency-limits): when calls take longer
 * than is usual for their tools, fewer; when they do not and the room is used, more. An event loop that is late (99th
 * percentile over 100 ms) or busy (over 95 %) counts as the worst latency. Each tool is compared with itself, so that slow
 * tools among quick ones are not taken for overload; differences around a millisecond are no difference.
 */
export class AdaptiveLimit {
  readonly #bounds: LimitBounds;
  readonly #load: (() => Load) | undefined;
  readonly #window = new Set<ToolLatency>();
  #limit: number;
  #inFlight = 0;
  #peak = 0;
  #samples = 0;
  #since: number | undefined;

  constructor(bounds: LimitBounds, load?: () => Load) {
    this.#bounds = bounds;
    this.#load = load;
    this.#limit = bounds.initial;
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether one more call of this priority may run. Alone it may: a limit at which nobody gets in would never learn. */
  admits(priority: Priority): boolean {
    return this.#inFlight + 1 <= Math.max(1, this.#limit * shares[priority]);
  }

  enter(): void {
    this.#inFlight++;
    this.#peak = Math.max(this.#peak, this.#inFlight);
  }

  leave(): void {
    this.#inFlight--;
  }

  /** A call of the tool took so long. Decides the limit anew when the window is over. */
  sample(tool: ToolLatency, tookMs: number, now: number): void {
    this.#since ??= now;
    // Asked first: a set makes a hash of every member it is given again.
    if (tool.count === 0) this.#window.add(tool);
    tool.sumMs += tookMs;
    tool.count++;
    this.#samples++;
    if (now - this.#since < windowMs || this.#samples < minimumSamples) return;
    const slowdown = this.#slowdown();
    const { delayMs, utilisation } = this.#load?.() ?? { delayMs: 0, utilisation: 0 };
    const strained = delayMs > maxDelayMs || utilisation > maxUtilisation;
    // With half of it unused, nothing can be learnt about a limit.
    if (this.#peak >= this.#limit / 2) this.#decide(strained ? 0.5 : clamp(0.5, tolerance / slowdown, 1), strained);
    this.#since = now;
    this.#samples = 0;
    this.#peak = this.#inFlight;
    this.#window.clear();
  }

  #decide(gradient: number, strained: boolean): void {
    const room = strained ? 0 : Math.sqrt(this.#limit);
    const next = this.#limit * (1 - smoothing) + (this.#limit * gradient + room) * smoothing;
    this.#limit = clamp(this.#bounds.min, next, this.#bounds.max);
  }

  /** How many times as long as usual the calls of this window took, on average. Moves what is usual on. */
  #slowdown(): number {
    let sum = 0;
    for (const tool of this.#window) {
      const shortMs = tool.sumMs / tool.count;
      const usualMs = tool.usualMs ?? shortMs;
      sum += (tool.count * (shortMs + 1)) / (usualMs + 1);
      const moved = usualMs + (shortMs - usualMs) * usualWeight;
      // What became quick again should not take minutes to be usual.
      tool.usualMs = moved > 2 * shortMs ? moved * 0.95 : moved;
      tool.sumMs = 0;
      tool.count = 0;
    }
    return sum / this.#samples;
  }
}

function clamp(low: number, value: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
