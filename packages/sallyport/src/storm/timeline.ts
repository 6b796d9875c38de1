import type { Percentiles } from './latency.js';
import { Latency } from './latency.js';
import type { Seen } from './seen.js';

/** What happened in one stretch of a storm. */
export interface Slot {
  /** From the start of the storm. */
  readonly fromMs: number;
  readonly sent: number;
  readonly ok: number;
  readonly denied: number;
  /** Failed, broken or unfinished. */
  readonly failed: number;
  readonly cancelled: number;
  /** Of the calls of open loops that were answered with a result, by when they were meant to be made. */
  readonly latency?: Percentiles | undefined;
}

interface Counted {
  sent: number;
  ok: number;
  denied: number;
  failed: number;
  cancelled: number;
  latency: Latency | undefined;
}

const maxSlots = 120;
const shortestMs = 1_000;

/** A storm in stretches of equal length, at least a second and at most 120 of them; what ends after the storm is in the last. */
export class Timeline {
  readonly slotMs: number;
  readonly #slots: Counted[];

  constructor(durationMs: number) {
    this.slotMs = Math.max(shortestMs, Math.ceil(durationMs / maxSlots / shortestMs) * shortestMs);
    this.#slots = Array.from({ length: Math.max(1, Math.ceil(durationMs / this.slotMs)) }, () => ({
      sent: 0,
      ok: 0,
      denied: 0,
      failed: 0,
      cancelled: 0,
      latency: undefined,
    }));
  }

  sent(atMs: number): void {
    this.#at(atMs).sent++;
  }

  ended({ endedMs, intendedMs, outcome, agent }: Seen): void {
    const slot = this.#at(endedMs);
    if (outcome.kind === 'ok' || outcome.kind === 'denied' || outcome.kind === 'cancelled') slot[outcome.kind]++;
    else slot.failed++;
    if (outcome.kind !== 'ok' || agent.behaviour.rhythm.kind === 'loop') return;
    const meant = this.#at(intendedMs);
    meant.latency ??= new Latency(2);
    meant.latency.add(endedMs - intendedMs);
  }

  /** Those that had begun by then. */
  slots(durationMs: number): Slot[] {
    return this.#slots
      .map(({ latency, ...counted }, index) => ({
        fromMs: index * this.slotMs,
        ...counted,
        latency: latency?.percentiles(),
      }))
      .filter(({ fromMs }) => fromMs < Math.max(1, durationMs));
  }

  #at(ms: number): Counted {
    const index = Math.min(this.#slots.length - 1, Math.max(0, Math.floor(ms / this.slotMs)));
    return this.#slots[index] as Counted;
  }
}
