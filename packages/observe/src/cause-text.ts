import { redactText } from './redact-text.js';

/** What is shown of an error that caused another, without what looks like a secret. */
export interface CauseText {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** Anything can be thrown, also what throws again when it is made a text. */
export function causeText(cause: unknown): CauseText | undefined {
  if (cause === undefined) return undefined;
  try {
    if (!(cause instanceof Error)) return { name: typeof cause, message: redactText(String(cause)), stack: undefined };
    const { name, message, stack } = cause;
    return {
      name: redactText(String(name)),
      message: redactText(String(message)),
      stack: stack === undefined ? undefined : redactText(String(stack)),
    };
  } catch {
    return { name: 'unknown', message: 'a thrown value that cannot be described', stack: undefined };
  }
}
