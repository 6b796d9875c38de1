import type { CallOutcome } from './outcome.js';

/** How often something happened, by its code. */
export type ByCode = Readonly<Record<string, number>>;

/** What became of the calls of an agent, a class or a whole storm. Every call that was sent is in exactly one of them. */
export interface Counts {
  /** ok + denied + failed + broken + cancelled + unfinished, once the storm is over. */
  readonly sent: number;
  /** Let past all limits, as far as the answers say: ok + failed. */
  readonly admitted: number;
  readonly ok: number;
  readonly denied: number;
  readonly failed: number;
  readonly broken: number;
  readonly cancelled: number;
  readonly unfinished: number;
  /** Not sent, because the agent was told to wait and did. */
  readonly heldBack: number;
  /** Not sent, because too many calls of the agent were open. */
  readonly unsent: number;
  readonly deniedBy: ByCode;
  readonly failedBy: ByCode;
  readonly brokenBy: ByCode;
}

/** A hostile server may make up codes without end. */
const maxCodes = 50;
const beyond = 'OTHER';

/** Counts. */
export class Tally {
  sent = 0;
  heldBack = 0;
  unsent = 0;
  readonly #kinds = { ok: 0, denied: 0, failed: 0, broken: 0, cancelled: 0, unfinished: 0 };
  readonly #codes = {
    denied: new Map<string, number>(),
    failed: new Map<string, number>(),
    broken: new Map<string, number>(),
  };

  add(outcome: CallOutcome): void {
    this.#kinds[outcome.kind]++;
    if (!('code' in outcome)) return;
    const codes = this.#codes[outcome.kind];
    const code = codes.has(outcome.code) || codes.size < maxCodes ? outcome.code : beyond;
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }

  get ok(): number {
    return this.#kinds.ok;
  }

  counts(): Counts {
    const { sent, heldBack, unsent } = this;
    const { ok, failed } = this.#kinds;
    return {
      sent,
      admitted: ok + failed,
      ...this.#kinds,
      heldBack,
      unsent,
      deniedBy: sorted(this.#codes.denied),
      failedBy: sorted(this.#codes.failed),
      brokenBy: sorted(this.#codes.broken),
    };
  }
}

/** The most frequent first. */
function sorted(codes: ReadonlyMap<string, number>): ByCode {
  return Object.fromEntries([...codes].sort(([, one], [, other]) => other - one));
}
