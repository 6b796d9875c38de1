import type { Outbound } from './call.js';
import { type Redact, redactData } from './redact-texts.js';

/** The way to the client with every text redacted. What cannot be redacted is not sent; it never fails the call. */
export function redactedOutbound(client: Outbound, redact: Redact): Outbound {
  return {
    progress(progress, total, message) {
      unlessItThrows(() => client.progress(progress, total, message === undefined ? undefined : redact(message)));
    },
    log(level, data) {
      unlessItThrows(() => client.log(level, redactData(data, redact)));
    },
  };
}

function unlessItThrows(send: () => void): void {
  try {
    send();
  } catch {
    // Data that refers to itself, or a `redact` that throws: silence is better than a secret.
  }
}
