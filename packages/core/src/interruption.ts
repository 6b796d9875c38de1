/** Whether one call was interrupted, and why: what an `AbortSignal` says, for code that only looks and listens. */
export interface Interruption {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** For whoever wants the real thing. */
  readonly signal: AbortSignal;
  /** Runs `listener` once it is aborted. */
  listen(listener: () => void): void;
  unlisten(listener: () => void): void;
}

/** An interruption by somebody else's signal. */
export class Signalled implements Interruption {
  readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get reason(): unknown {
    return this.signal.reason;
  }

  listen(listener: () => void): void {
    this.signal.addEventListener('abort', listener);
  }

  unlisten(listener: () => void): void {
    this.signal.removeEventListener('abort', listener);
  }
}
