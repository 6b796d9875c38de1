import type { Outbound } from './call.js';
import { type Redact, redactData } from './redact-texts.js';

/** The way to the client with every text redacted. What cannot be redacted is not sent; it never fails the call. */
export class RedactedOutbound implements Outbound {
  readonly #client: Outbound;
  readonly #redact: Redact;

  constructor(client: Outbound, redact: Redact) {
    this.#client = client;
    this.#redact = redact;
  }

  /** What a way to the client is redacted with, if it is. */
  static redactOf(client: Outbound): Redact | undefined {
    return #redact in client ? client.#redact : undefined;
  }

  progress(progress: number, total?: number, message?: string): void {
    unlessItThrows(() =>
      this.#client.progress(progress, total, message === undefined ? undefined : this.#redact(message)),
    );
  }

  log(level: Parameters<Outbound['log']>[0], data: unknown): void {
    unlessItThrows(() => this.#client.log(level, redactData(data, this.#redact)));
  }
}

function unlessItThrows(send: () => void): void {
  try {
    send();
  } catch {
    // Data that refers to itself, or a `redact` that throws: silence is better than a secret.
  }
}
